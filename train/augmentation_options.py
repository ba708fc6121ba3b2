"""Options that say how strongly to augment faces, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class AugmentationOptions:
    """How strongly to augment. Angles in degrees, the rest as shares of the image or its range.

    Attributes:
        rotation_deg, zoom, shift, flip: of ``RandomAffine``; the angle is uniform up to ``rotation_deg``,
            or up to ``tilt_deg`` with ``tilt_probability``.
        brightness, contrast: of ``RandomLight``.
        erase_probability, erase_area: of ``RandomErase``.
        mixup_alpha, mixup_probability: of ``MixUp``.
        cover_probability, cover_share: of ``RandomCover``; the least and most of a side to hide.
        camera_share: share of the faces that ``train.webcam.RandomCamera`` changes; each effect applies to
            its own share of these: ``softness``, ``exposure_probability``, ``noise_probability`` and
            ``compression_probability``.
        exposure: smallest and largest factor of the light; gamma: largest exponent of the curve.
        noise: most noise, standard deviation in grey values of 255.
        compression: smallest and largest factor of JPEG's example table.
    """

    rotation_deg: float = 15.0
    zoom: float = 0.15
    shift: float = 0.1
    flip: bool = True
    brightness: float = 0.1
    contrast: float = 0.2
    erase_probability: float = 0.3
    erase_area: tuple[float, float] = (0.02, 0.2)
    mixup_alpha: float = 0.2
    mixup_probability: float = 0.3
    tilt_deg: float = 0.0
    tilt_probability: float = 0.0
    cover_probability: float = 0.0
    cover_share: tuple[float, float] = (0.15, 0.5)
    camera_share: float = 0.0
    softness: float = 0.4
    exposure_probability: float = 0.5
    exposure: tuple[float, float] = (0.25, 2.4)
    gamma: float = 1.8
    noise_probability: float = 0.3
    noise: float = 14.0
    compression_probability: float = 0.3
    compression: tuple[float, float] = (0.5, 3.0)

    def scaled(self, strength: float) -> AugmentationOptions:
        """The options with their strength scaled (0: only the mirror, 1: unchanged)."""
        return replace(
            self,
            rotation_deg=self.rotation_deg * strength,
            zoom=self.zoom * strength,
            shift=self.shift * strength,
            brightness=self.brightness * strength,
            contrast=self.contrast * strength,
            erase_probability=self.erase_probability * strength,
            mixup_probability=self.mixup_probability * strength,
            tilt_probability=self.tilt_probability * strength,
            cover_probability=self.cover_probability * strength,
            camera_share=self.camera_share * strength,
        )
