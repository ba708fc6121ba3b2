"""Sound loops: small pieces for synthesised instruments, written round in a circle.

Every note's tail and the room's echo run over the end into the beginning, so that a loop has no seam.
Samples are float64 stereo ``(n, 2)`` at 44,100 Hz; times in pieces are beats.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

RATE_HZ = 44_100
LEVEL_DB = -20.0
PEAK = 0.84
BIT_RATE = 96_000
LIMIT_BYTES = 200_000

Samples = NDArray[np.float64]
Voice = Callable[[float, float, np.random.Generator], Samples]

NAMES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


def pitch_hz(name: str) -> float:
    """Frequency of a note such as ``F#4`` or ``Bb3`` in equal temperament, A4 = 440 Hz."""
    step = NAMES[name[0]] + name.count("#") - name[1:].count("b")
    return float(440.0 * 2 ** ((step - 9) / 12 + int(name[-1]) - 4))


def _times(seconds: float) -> Samples:
    return np.arange(int(seconds * RATE_HZ)) / RATE_HZ


def _partials(f: float, t: Samples, parts: Sequence[tuple[float, float, float]]) -> Samples:
    """Sines at multiples of ``f``: (multiple, loudness, seconds to fall to 1/e)."""
    tone = np.zeros_like(t)
    for multiple, loudness, fall_s in parts:
        if f * multiple < RATE_HZ * 0.45:
            tone += loudness * np.sin(2 * np.pi * f * multiple * t) * np.exp(-t / fall_s)
    return tone


def _soft_start(tone: Samples, seconds: float) -> Samples:
    n = min(int(seconds * RATE_HZ), len(tone))
    tone[:n] *= 0.5 - 0.5 * np.cos(np.pi * np.arange(n) / n)
    end = min(2000, len(tone))
    tone[-end:] *= np.linspace(1, 0, end)
    return tone


def marimba(f: float, seconds: float, rng: np.random.Generator) -> Samples:
    """A wooden bar: the octave-and-a-bit overtones of a marimba die away first."""
    t = _times(1.6)
    return _soft_start(_partials(f, t, ((1, 1, 0.42), (3.93, 0.32, 0.09), (9.2, 0.12, 0.03))), 0.003)


def music_box(f: float, seconds: float, rng: np.random.Generator) -> Samples:
    """A plucked steel comb."""
    t = _times(3.0)
    return _soft_start(
        _partials(f, t, ((1, 0.8, 0.9), (2, 0.28, 0.5), (3.01, 0.16, 0.3), (6.3, 0.1, 0.08))), 0.002
    )


def pluck(f: float, seconds: float, rng: np.random.Generator) -> Samples:
    """A nylon string."""
    t = _times(2.2)
    parts = [(n, 0.9 / n**1.25 * abs(np.sin(n * 0.62)), 0.75 / (1 + 0.35 * n)) for n in range(1, 14)]
    return _soft_start(_partials(f, t, parts), 0.004)


def piano(f: float, seconds: float, rng: np.random.Generator) -> Samples:
    """A felted upright: a soft knock, slightly stretched overtones, a slow fall."""
    t = _times(5.0)
    parts = [
        (n * float(np.sqrt(1 + 0.0003 * n * n)), 1 / n**1.75, 2.3 / n**0.8 * (220 / f) ** 0.35)
        for n in range(1, 11)
    ]
    tone = _soft_start(_partials(f, t, parts) + _partials(f * 1.0012, t, parts), 0.012) * 0.6
    knock = rng.standard_normal(len(t)) * np.exp(-t / 0.012) * 0.05
    return tone + np.convolve(knock, np.ones(24) / 24, mode="same")


def rhodes(f: float, seconds: float, rng: np.random.Generator) -> Samples:
    """An electric piano: a tine's bell over a warm tone, gently wobbling."""
    t = _times(3.4)
    bell = np.sin(2 * np.pi * f * t + 0.9 * np.exp(-t / 0.5) * np.sin(2 * np.pi * f * t))
    tone = bell * np.exp(-t / 1.5) + 0.08 * np.sin(2 * np.pi * f * 7.02 * t) * np.exp(-t / 0.12)
    return _soft_start(tone * (1 + 0.12 * np.sin(2 * np.pi * 4.4 * t)), 0.006)


def pad(f: float, seconds: float, rng: np.random.Generator) -> Samples:
    """Three slightly mistuned warm voices that swell and fade over the note's length."""
    t = _times(seconds * 1.5)
    tone = np.zeros_like(t)
    for cents in (-5, 0, 6):
        g = f * 2 ** (cents / 1200)
        for n in range(1, 8):
            tone += np.sin(2 * np.pi * g * n * t + rng.uniform(0, 2 * np.pi)) / n**2.1
    swell = np.sin(np.pi * np.clip(t / t[-1], 0, 1)) ** 0.8
    return tone * swell * 0.4


def flute(f: float, seconds: float, rng: np.random.Generator) -> Samples:
    """A breathy sine with vibrato."""
    t = _times(seconds * 1.05 + 0.1)
    phase = 2 * np.pi * f * t + 0.05 * f / 50 * np.sin(2 * np.pi * 5 * t) * np.clip(t * 2, 0, 1)
    tone = np.sin(phase) + 0.16 * np.sin(2 * phase) + 0.04 * np.sin(3 * phase)
    n = len(t)
    envelope = np.minimum(
        np.minimum(np.arange(n) / (0.09 * RATE_HZ), 1), np.arange(n)[::-1] / (0.16 * RATE_HZ)
    )
    return tone * np.clip(envelope, 0, 1) * 0.6


def bass(f: float, seconds: float, rng: np.random.Generator) -> Samples:
    """A round, short bass."""
    t = _times(max(seconds, 0.3) + 0.25)
    return _soft_start(_partials(f, t, ((1, 1, 0.8), (2, 0.35, 0.4), (3, 0.12, 0.2))), 0.008)


def drop(f: float, seconds: float, rng: np.random.Generator) -> Samples:
    """A drop of water: a short tone that slides up."""
    t = _times(0.28)
    return _soft_start(np.sin(2 * np.pi * (f * t + f * 1.6 * t * t)) * np.exp(-t / 0.05), 0.004)


def shaker(f: float, seconds: float, rng: np.random.Generator) -> Samples:
    """Seeds in a gourd; ``f`` is not heard."""
    t = _times(0.14)
    noise = np.diff(rng.standard_normal(len(t) + 1))
    return noise * np.minimum(t / 0.02, 1) * np.exp(-t / 0.03) * 0.4


def kick(f: float, seconds: float, rng: np.random.Generator) -> Samples:
    """A soft foot on a wooden floor."""
    t = _times(0.4)
    return (
        _soft_start(np.sin(2 * np.pi * (50 * t + 2.6 * (1 - np.exp(-t / 0.03)))) * np.exp(-t / 0.13), 0.002)
        * 1.5
    )


def brush(f: float, seconds: float, rng: np.random.Generator) -> Samples:
    """A brush on a snare."""
    t = _times(0.3)
    noise = np.convolve(rng.standard_normal(len(t)), (0.35, 0.3, 0.35), mode="same")
    return noise * np.minimum(t / 0.012, 1) * np.exp(-t / 0.07) * 0.5


class Piece:
    """A loop being written: voices put notes on a circle of samples."""

    def __init__(self, beats: int, beats_per_minute: float, seed: int) -> None:
        self.beat_s = 60 / beats_per_minute
        self.count = round(beats * self.beat_s * RATE_HZ)
        self.beats = beats
        self.rng = np.random.default_rng(seed)
        self.dry = np.zeros((self.count, 2))
        self.wet = np.zeros((self.count, 2))

    def note(
        self, voice: Voice, beat: float, name: str, length: float = 1, gain: float = 0.3, pan: float = 0,
        echo: float = 0.3,
    ) -> None:  # fmt: skip
        """One note at a beat; ``pan`` from -1 (left) to 1, ``echo`` the share sent into the room."""
        f = pitch_hz(name) if name else 0.0
        tone = voice(f, length * self.beat_s, self.rng) * gain
        angle = (pan + 1) * np.pi / 4
        stereo = tone[:, None] * np.array([np.cos(angle), np.sin(angle)])
        start = round(beat * self.beat_s * RATE_HZ)
        where = (start + np.arange(len(tone))) % self.count
        np.add.at(self.dry, where, stereo * (1 - echo * 0.5))
        np.add.at(self.wet, where, stereo * echo)

    def chord(self, voice: Voice, beat: float, names: str, length: float, gain: float, spread: float = 0.0,
              echo: float = 0.4) -> None:  # fmt: skip
        """Several notes together, or rolled upwards by ``spread`` beats each."""
        parts = names.split()
        for i, name in enumerate(parts):
            pan = 0.5 * (2 * i / max(len(parts) - 1, 1) - 1)
            self.note(voice, beat + i * spread, name, length, gain, pan, echo)

    def noise(self, gain: float, low_hz: float, high_hz: float, swell: Samples | None = None) -> None:
        """Rain, sea or tape noise between two frequencies, periodic over the loop; ``swell`` shapes it."""
        frequencies = np.fft.rfftfreq(self.count, 1 / RATE_HZ)
        shape = 1 / (1 + (low_hz / np.maximum(frequencies, 1)) ** 4) / (1 + (frequencies / high_hz) ** 2)
        for channel in range(2):
            spectrum = np.fft.rfft(self.rng.standard_normal(self.count)) * shape
            layer = np.fft.irfft(spectrum, self.count)
            layer *= gain / np.sqrt(np.mean(layer**2))
            self.dry[:, channel] += layer * (swell if swell is not None else 1)

    def finish(self, room_s: float = 1.4, room: float = 0.5) -> Samples:
        """The loop with its room, at -20 dB RMS and with its peaks kept below -1.5 dB."""
        t = np.arange(min(int(room_s * 3 * RATE_HZ), self.count)) / RATE_HZ
        mix = self.dry.copy()
        for channel in range(2):
            tail = self.rng.standard_normal(len(t)) * np.exp(-t / (room_s / 3)) * np.minimum(t / 0.012, 1)
            tail = np.convolve(tail, np.ones(5) / 5, mode="same")
            tail /= np.sqrt(np.sum(tail**2))
            tail = np.pad(tail, (0, self.count - len(tail)))
            echo = np.fft.irfft(np.fft.rfft(self.wet[:, channel]) * np.fft.rfft(tail), self.count)
            mix[:, channel] += room * echo
        mix -= mix.mean(axis=0)
        for _ in range(4):
            mix *= 10 ** (LEVEL_DB / 20) / np.sqrt(np.mean(mix**2))
            over = np.abs(mix) > PEAK * 0.6
            knee, above = PEAK * 0.6, PEAK * 0.4
            mix[over] = np.sign(mix[over]) * (knee + above * np.tanh((np.abs(mix[over]) - knee) / above))
        return mix


def low_tide() -> Samples:
    """Angry: four slow chords over a sea that comes and goes."""
    p = Piece(16, 60, 1)
    for k, chord in enumerate(("D3 A3 E4 F#4", "G2 B3 D4 F#4", "B2 A3 D4 F#4", "A2 A3 D4 E4")):
        p.chord(pad, 4 * k - 0.8, chord, 5, 0.2, echo=0.6)
        p.note(bass, 4 * k, chord.split()[0][:-1] + "2", 3, 0.16)
    for beat, name in (
        (1, "A4"),
        (3, "F#4"),
        (5.5, "B4"),
        (7, "A4"),
        (9, "F#4"),
        (11, "D5"),
        (13, "E5"),
        (15, "A4"),
    ):
        p.note(flute, beat, name, 1.4, 0.07, 0.2, 0.9)
    swell = 0.5 - 0.5 * np.cos(2 * np.pi * 2 * np.arange(p.count) / p.count)
    p.noise(0.05, 120, 900, swell**1.6)
    return p.finish(2.6, 0.8)


def spring_water() -> Samples:
    """Disgust: glassy arpeggios and drops in C lydian."""
    p = Piece(24, 96, 2)
    chords = ("C4 G4 D5 E5", "D4 A4 E5 F#5", "E4 B4 D5 G5", "G4 B4 D5 F#5", "A3 E4 B4 C5", "D4 F#4 A4 E5")
    for k, chord in enumerate(chords):
        notes = chord.split()
        for i, step in enumerate((0, 2, 1, 3, 2, 1, 3, 2)):
            p.note(marimba, 4 * k + i / 2, notes[step], 0.5, 0.25 + 0.07 * (i == 0), 0.5 * (-1) ** i, 0.5)
        p.chord(pad, 4 * k - 0.5, " ".join(notes[:3]), 4.6, 0.055, echo=0.7)
        p.note(bass, 4 * k, notes[0][:-1] + "2", 2, 0.2)
    for _ in range(22):
        name = str(p.rng.choice(["E6", "G6", "A6", "B6", "D7"]))
        p.note(drop, float(p.rng.uniform(0, 24)), name, 0.2, 0.09, float(p.rng.uniform(-0.9, 0.9)), 0.9)
    p.noise(0.012, 500, 3500)
    return p.finish(1.6, 0.6)


def lamp_lullaby() -> Samples:
    """Fear: a music box in three-four time over a low, warm chord."""
    p = Piece(24, 90, 3)
    chords = (
        "F3 C4 A4",
        "D3 A3 F4",
        "Bb2 F3 D4",
        "C3 G3 E4",
        "F3 C4 A4",
        "A2 E3 C4",
        "Bb2 F3 D4",
        "C3 Bb3 E4",
    )
    tune = ("A5", "", "C6", "F5", "", "G5", "D5", "", "F5", "E5", "G5", "C5",
            "A5", "", "C6", "E5", "", "A5", "D5", "F5", "G5", "E5", "", "C5")  # fmt: skip
    for k, chord in enumerate(chords):
        p.chord(pad, 3 * k - 0.4, chord, 3.4, 0.11, echo=0.6)
        root, fifth, third = chord.split()
        p.note(music_box, 3 * k, root, 1, 0.16, -0.3)
        p.note(music_box, 3 * k + 1, fifth, 1, 0.11, 0.1)
        p.note(music_box, 3 * k + 2, third, 1, 0.11, 0.3)
    for beat, name in enumerate(tune):
        if name:
            p.note(music_box, beat, name, 1, 0.24, 0.15, 0.55)
    return p.finish(2.0, 0.7)


def skip_along() -> Samples:
    """Happy: marimba and plucked strings with a shaker, in G."""
    p = Piece(32, 120, 4)
    chords = ("G3 B3 D4", "D3 A3 F#4", "E3 B3 G4", "C3 G3 E4") * 2
    tune = {0: "B4", 0.5: "D5", 1.5: "G5", 2.5: "F#5", 3: "D5", 4: "A4", 4.5: "D5", 5.5: "F#5", 6.5: "E5", 7: "D5",
            8: "G4", 8.5: "B4", 9.5: "E5", 10.5: "D5", 11: "B4", 12: "C5", 12.5: "E5", 13.5: "G5", 14: "E5", 15: "D5",
            16: "B4", 16.5: "D5", 17.5: "G5", 18.5: "A5", 19: "G5", 20: "F#5", 20.5: "A5", 21.5: "D6", 22.5: "A5",
            24: "G5", 24.5: "E5", 25.5: "B4", 26: "D5", 27: "E5", 28: "G5", 28.5: "E5", 29: "C5", 30: "D5", 30.5: "E5",
            31: "F#5", 31.5: "A5"}  # fmt: skip
    for beat, name in tune.items():
        p.note(marimba, beat, name, 0.5, 0.4, 0.25, 0.3)
    for k, chord in enumerate(chords):
        root = chord.split()[0]
        for beat in (0, 1.5, 2, 3.5):
            p.chord(pluck, 4 * k + beat, chord, 0.5, 0.12, 0.03, 0.25)
        for beat in (0, 2, 3):
            p.note(bass, 4 * k + beat, root[:-1] + "2", 0.6, 0.3, 0, 0.05)
        for beat in (0, 2):
            p.note(kick, 4 * k + beat, "", 0.2, 0.22, 0, 0.05)
        for half in range(8):
            p.note(shaker, 4 * k + half / 2, "", 0.1, 0.11 if half % 2 else 0.06, -0.5, 0.1)
    return p.finish(0.9, 0.35)


def by_the_window() -> Samples:
    """Sad: a felted piano and rain."""
    p = Piece(16, 66, 5)
    chords = (("A2", "E3 C4 B4"), ("F2", "C3 A3 E4"), ("C3", "G3 E4 D5"), ("G2", "D3 B3 A4"))
    for k, (root, rest) in enumerate(chords):
        p.note(piano, 4 * k, root, 4, 0.3, -0.2)
        for i, name in enumerate((*rest.split(), rest.split()[1], rest.split()[0])):
            p.note(piano, 4 * k + 0.5 + i * 0.5, name, 2, 0.15, -0.1 + 0.12 * i, 0.45)
        p.chord(pad, 4 * k - 0.4, rest, 4.4, 0.035, echo=0.8)
    for beat, name in ((2, "C5"), (3, "B4"), (3.5, "E5"), (6, "A4"), (7, "C5"), (7.5, "E5"), (10, "G5"), (11, "E5"),
                       (12, "D5"), (13.5, "B4"), (14.5, "D5"), (15.25, "E5")):  # fmt: skip
        p.note(piano, beat, name, 2, 0.26, 0.2, 0.6)
    p.noise(0.012, 700, 4500)
    for _ in range(40):
        p.note(
            drop,
            float(p.rng.uniform(0, 16)),
            str(p.rng.choice(["A6", "C7", "E7"])),
            0.1,
            0.012,
            float(p.rng.uniform(-1, 1)),
            0.6,
        )
    return p.finish(2.2, 0.6)


def in_the_box() -> Samples:
    """Surprise: tiptoeing plucked strings, whole-tone runs and a sparkle at the end of each phrase."""
    p = Piece(32, 126, 6)
    steps = ("Eb3 G3 Bb3 G3", "Eb3 A3 C4 A3", "F3 Ab3 D4 B3", "Bb2 Ab3 D4 F4") * 2
    for k, bar in enumerate(steps):
        for i, name in enumerate(bar.split()):
            p.note(pluck, 4 * k + i, name, 0.4, 0.4, -0.35 + 0.2 * i, 0.3)
            p.note(pluck, 4 * k + i + 0.5, name[:-1] + str(int(name[-1]) + 1), 0.3, 0.12, 0.3, 0.4)
        p.note(bass, 4 * k, bar.split()[0][:-1] + "2", 0.4, 0.28, 0, 0.1)
        p.note(brush, 4 * k + 2, "", 0.2, 0.07, 0.3, 0.3)
    runs = {
        6: "Eb5 F5 G5 A5 B5 C#6",
        14: "D6 C6 Bb5 Ab5 F5 D5",
        22: "G5 A5 B5 C#6 Eb6 F6",
        29.5: "Bb4 C5 D5 F5 Ab5 Bb5 D6 F6",
    }
    for beat, run in runs.items():
        for i, name in enumerate(run.split()):
            p.note(music_box, beat + i * 0.25, name, 0.3, 0.24, -0.4 + 0.15 * i, 0.6)
    for beat, name in ((0, "G5"), (1.5, "Bb5"), (3, "Eb6"), (8, "F5"), (9.5, "D6"), (11, "B5"), (16, "Bb5"), (17.5, "G5"),
                       (19, "C6"), (24, "D6"), (25.5, "Ab5"), (27, "F6")):  # fmt: skip
        p.note(marimba, beat, name, 0.5, 0.3, 0.3, 0.5)
    return p.finish(1.2, 0.5)


def steady_afternoon() -> Samples:
    """Neutral: an electric piano walks two-five-one over brushes and a little tape noise."""
    p = Piece(16, 76, 7)
    chords = (("D2", "F3 A3 C4 E4"), ("G2", "F3 B3 E4 A4"), ("C2", "E3 B3 D4 G4"), ("A2", "G3 C#4 F4 A4"))
    for k, (root, rest) in enumerate(chords):
        p.chord(rhodes, 4 * k, rest, 2, 0.14, 0.02, 0.35)
        p.chord(rhodes, 4 * k + 2.5, rest, 1, 0.09, 0.02, 0.35)
        for beat, gain in ((0, 0.36), (1.5, 0.22), (2.5, 0.28)):
            p.note(bass, 4 * k + beat, root, 0.9, gain, 0, 0.05)
        for beat in (0, 2.5):
            p.note(kick, 4 * k + beat, "", 0.2, 0.32, 0, 0.05)
        for beat in (1, 3):
            p.note(brush, 4 * k + beat, "", 0.2, 0.2, 0.15, 0.2)
        for half in range(8):
            p.note(shaker, 4 * k + half / 2 + (0.06 if half % 2 else 0), "", 0.1, 0.06, -0.4, 0.1)
    for beat, name in ((0.5, "C5"), (1, "E5"), (2, "D5"), (3.5, "A4"), (4.5, "B4"), (5.5, "D5"), (6.5, "E5"), (8, "G5"),
                       (9, "E5"), (10, "D5"), (11.5, "B4"), (12.5, "C#5"), (13.5, "E5"), (14.5, "F5"), (15.5, "E5")):  # fmt: skip
        p.note(rhodes, beat, name, 0.8, 0.13, 0.25, 0.5)
    p.noise(0.006, 800, 6000)
    return p.finish(1.1, 0.45)


def first_light() -> Samples:
    """Default: plucked arpeggios over a brightening pad."""
    p = Piece(24, 100, 8)
    chords = ("C3 G3 D4 E4", "B2 G3 D4 G4", "A2 E3 C4 G4", "F2 C3 A3 E4", "D3 A3 C4 F4", "G2 D3 C4 D4")
    for k, chord in enumerate(chords):
        notes = chord.split()
        p.chord(pad, 4 * k - 0.6, chord, 4.6, 0.06, echo=0.7)
        p.note(bass, 4 * k, notes[0], 2.5, 0.2)
        for i, step in enumerate((0, 1, 2, 3, 2, 3, 1, 2)):
            lift = 1 if i >= 2 else 0
            name = notes[step][:-1] + str(int(notes[step][-1]) + lift)
            p.note(pluck, 4 * k + i / 2, name, 0.5, 0.3, 0.45 * (-1) ** i, 0.45)
    for beat, name in (
        (1, "G5"),
        (3, "E5"),
        (6, "D5"),
        (9, "C5"),
        (11, "E5"),
        (14, "A5"),
        (17, "F5"),
        (19, "A5"),
        (21, "G5"),
        (22.5, "D5"),
    ):
        p.note(music_box, beat, name, 1, 0.15, 0.2, 0.8)
    return p.finish(1.8, 0.6)


PIECES: dict[str, Callable[[], Samples]] = {
    "audio-angry-tide": low_tide,
    "audio-disgust-spring": spring_water,
    "audio-fear-lullaby": lamp_lullaby,
    "audio-happy-skip": skip_along,
    "audio-sad-window": by_the_window,
    "audio-surprise-box": in_the_box,
    "audio-neutral-afternoon": steady_afternoon,
    "audio-default-light": first_light,
}


def encode(samples: Samples, target: Path, limit_bytes: int = LIMIT_BYTES) -> None:
    """Write an MP3 whose header says how many samples belong to the loop, so that players join its ends.

    Raises:
        ValueError: the file came out too big.
    """
    pcm = np.round(samples * 32767).astype(np.int16)
    with av.open(str(target), "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=RATE_HZ)
        stream.layout = "stereo"
        stream.format = "s16p"
        stream.bit_rate = BIT_RATE
        for start in range(0, len(pcm), 1152):
            block = np.ascontiguousarray(pcm[start : start + 1152].T)
            frame = av.AudioFrame.from_ndarray(block, format="s16p", layout="stereo")
            frame.sample_rate = RATE_HZ
            frame.pts = start
            frame.time_base = Fraction(1, RATE_HZ)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    if target.stat().st_size > limit_bytes:
        raise ValueError(
            f"Expected {target.name} to fit {limit_bytes} bytes. Received: {target.stat().st_size} bytes."
        )
