"""What the pages share: session state, settings, services, the camera, cards and the only CSS."""

# This import must come first: libsrtp, the camera's encryption, crashes the process if it is loaded after
# TensorFlow, which a model without a LiteRT export imports.
import pylibsrtp  # noqa: F401
