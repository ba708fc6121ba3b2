"""The page themes, one an expression and one for everybody. Contrast is checked when the catalog is written."""

from __future__ import annotations

from content.types import ThemeColors
from emotion.labels import Emotion

THEMES: dict[Emotion | None, tuple[str, ThemeColors]] = {
    Emotion.ANGRY: (
        "Still water",
        ThemeColors("#0b2b33", "#113a42", "#eafaf5", "#a9d0c8", "#6fe0c3", "#06231f", "#28595e", "#12464b"),
    ),
    Emotion.DISGUST: (
        "Fresh linen",
        ThemeColors(
            "#effcf7", "#ffffff", "#0f2f2a", "#3f6660", "#0b7a66", "#ffffff", "#b9e2d5", "#cdf1e6", "rounded"
        ),
    ),
    Emotion.FEAR: (
        "Lamp light",
        ThemeColors(
            "#15193a", "#222548", "#fff4e0", "#cfc3b6", "#ffc163", "#2a1a05", "#41426b", "#3a2440", "serif"
        ),
    ),
    Emotion.HAPPY: (
        "Sunny side",
        ThemeColors(
            "#fff3c4", "#fffdf5", "#3a1f12", "#70482f", "#c2331f", "#ffffff", "#f0c77d", "#ffd9b8", "rounded"
        ),
    ),
    Emotion.SAD: (
        "Blue hour",
        ThemeColors(
            "#ece6fa", "#fdfbff", "#2a2140", "#594e75", "#7142ad", "#ffffff", "#d3c4ec", "#fadfe0", "serif"
        ),
    ),
    Emotion.SURPRISE: (
        "Curtain up",
        ThemeColors(
            "#2c0a55", "#3d1470", "#fff3ff", "#dfc3f2", "#ffd23f", "#2a0a4f", "#7438a6", "#6b0f62", "rounded"
        ),
    ),
    Emotion.NEUTRAL: (
        "Quiet paper",
        ThemeColors("#f3eee3", "#fbf9f4", "#24281f", "#575b4c", "#47634a", "#ffffff", "#d3cab6", "#e4dccb"),
    ),
    None: (
        "Clear day",
        ThemeColors("#f5f8fd", "#ffffff", "#182338", "#505e78", "#2a5fb0", "#ffffff", "#cfdaec", "#dfe9f8"),
    ),
}
