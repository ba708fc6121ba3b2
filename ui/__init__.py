"""What the pages share: session state, settings, services, the camera, cards and the only CSS."""

# First of all: libsrtp, the camera's encryption, crashes the process when it is loaded after TensorFlow,
# which a model without its LiteRT export brings in.
import pylibsrtp  # noqa: F401
