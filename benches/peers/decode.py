"""Opening films: Silhouette beside DCMTK, GDCM and pydicom, in one run on one machine.

    python3 benches/peers/decode.py SILHOUETTE [--folder DIR] [--repeats N]

Draws two films (2500 x 2000 of 12 bits, 4280 x 3520 of 14 bits: a smooth chest with quantum noise),
encodes them in every transfer syntax the tools at hand can write, and prints the processor time
from file to samples, in milliseconds, medians. Needs dcmtk and gdcmconv on PATH and the Python
packages numpy, pydicom, pylibjpeg (libjpeg, openjpeg, rle), python-gdcm, pyjpegls, imagecodecs.

What is counted: for Silhouette, reading, decoding and turning into 32-bit modality values, in its
own process; for pydicom, reading and `pixel_array` (stored values) with each plugin, in this
process; for DCMTK and GDCM, the whole command that writes the film uncompressed into memory
(/dev/shm), less the same command's start alone.
"""

import argparse
import json
import pathlib
import resource
import subprocess
import tempfile
import time

import imagecodecs
import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.pixels import get_decoder, pixel_array
from pydicom.uid import ExplicitVRLittleEndian, UID, generate_uid

SIZES = [("A", 2500, 2000, 12), ("B", 4280, 3520, 14)]
DX = "1.2.840.10008.5.1.4.1.1.1.1"
HTJ2K = "1.2.840.10008.1.2.4.201"


def chest(width, height, bits):
    noise = np.random.default_rng(1).normal(0, 1, (height, width)).astype(np.float32)
    noise = (noise + np.roll(noise, 1, 0) + np.roll(noise, 1, 1)) / 1.7
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    u, v = x / width * 2 - 1, y / height * 2 - 1
    body = np.exp(-((u / 0.8) ** 4 + (v / 1.2) ** 4))
    lungs = np.exp(-(((np.abs(u) - 0.4) / 0.25) ** 4 + ((v + 0.05) / 0.6) ** 4))
    ribs = 0.5 + 0.5 * np.cos(v * 40 + np.abs(u) * 6)
    grey = 0.15 + 0.65 * body - 0.35 * lungs + 0.06 * ribs * lungs + 0.0025 * noise
    top = 2**bits - 1
    return np.clip(grey * top, 0, top).astype(np.uint16)


def dataset(samples, bits):
    film = Dataset()
    film.file_meta = FileMetaDataset()
    film.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    film.file_meta.MediaStorageSOPClassUID = film.SOPClassUID = DX
    instance = generate_uid(entropy_srcs=["film", str(bits), str(samples.shape)])
    film.file_meta.MediaStorageSOPInstanceUID = film.SOPInstanceUID = instance
    film.StudyInstanceUID = generate_uid(entropy_srcs=["study"])
    film.SeriesInstanceUID = generate_uid(entropy_srcs=["series"])
    film.Modality, film.PatientName, film.PatientID = "DX", "PHANTOM", "0"
    film.Rows, film.Columns = samples.shape
    film.SamplesPerPixel, film.PhotometricInterpretation = 1, "MONOCHROME2"
    film.BitsAllocated = 16 if bits > 8 else 8
    film.BitsStored, film.HighBit, film.PixelRepresentation = bits, bits - 1, 0
    film.PixelData = samples.tobytes()
    film["PixelData"].VR = "OW" if bits > 8 else "OB"
    return film


def make(folder):
    """Writes the films; a syntax that a tool cannot write is left out."""
    for name, width, height, bits in SIZES:
        samples = chest(width, height, bits)
        plain, narrow = folder / f"{name}-explicit.dcm", folder / f"{name}-8bit.dcm"
        dataset(samples, bits).save_as(plain, enforce_file_format=True)
        eight = (samples >> (bits - 8)).astype(np.uint8)
        dataset(eight, 8).save_as(narrow, enforce_file_format=True)
        encoders = {
            "bigendian": ["dcmconv", "+tb", plain],
            "deflated": ["dcmconv", "+td", plain],
            "rle": ["dcmcrle", plain],
            "jpeg8": ["dcmcjpeg", "+eb", narrow],
            "jpegll": ["dcmcjpeg", "+e1", plain],
            "jpegls": ["dcmcjpls", plain],
            "j2k": ["gdcmconv", "--j2k", plain],
        }
        if bits == 12:
            encoders["jpeg12"] = ["dcmcjpeg", "+ee", plain]
        for key, command in encoders.items():
            subprocess.run([*command, folder / f"{name}-{key}.dcm"], capture_output=True)
        film = pydicom.dcmread(plain)
        film.file_meta.TransferSyntaxUID = UID(HTJ2K)
        film.PixelData = encapsulate([imagecodecs.htj2k_encode(samples)])
        film["PixelData"].is_undefined_length = True
        film["PixelData"].VR = "OB"
        film.save_as(folder / f"{name}-htj2k.dcm")


def median(values):
    return sorted(values)[len(values) // 2]


def with_pydicom(path, repeats):
    syntax = pydicom.dcmread(path, stop_before_pixels=True).file_meta.TransferSyntaxUID
    try:
        plugins = list(get_decoder(syntax).available_plugins) or [None]
    except NotImplementedError:
        plugins = [None]
    times = {}
    for plugin in plugins:
        def once():
            start = time.process_time()
            film = pydicom.dcmread(path)
            if plugin:
                pixel_array(film, decoding_plugin=plugin)
            else:
                film.pixel_array
            return 1e3 * (time.process_time() - start)
        try:
            once()
            times[f"pydicom ({plugin or 'native'})"] = median([once() for _ in range(repeats)])
        except Exception:
            pass  # This plugin does not read this kind: no time.
    return times


def child_ms(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return None if done.returncode else 1e3 * used


def with_tools(path, key, repeats):
    target = "/dev/shm/peer.dcm"
    tool = {"jpegls": "dcmdjpls", "rle": "dcmdrle"}.get(key)
    tool = tool or ("dcmdjpeg" if key.startswith("jpeg") else "dcmconv")
    commands = {"gdcm": ["gdcmconv", "--raw", path, target]}
    if "j2k" not in key:
        commands["dcmtk"] = [tool, *(["+te"] if tool == "dcmconv" else []), path, target]
    times = {}
    for name, command in commands.items():
        used = [child_ms(command) for _ in range(repeats)]
        if None not in used:
            start = median([child_ms([command[0], "--version"]) or 0 for _ in range(repeats)])
            times[name] = median(used) - start
    return times


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("silhouette")
    parser.add_argument("--folder", type=pathlib.Path)
    parser.add_argument("--repeats", type=int, default=9)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = options.folder or pathlib.Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        if not any(folder.glob("*.dcm")):
            make(folder)
        print("| film | file MB | Silhouette | best peer | ratio | clock here | clock apart | all peers |")
        print("|---|---|---|---|---|---|---|---|")
        for path in sorted(folder.glob("[AB]-*.dcm")):
            bench = [options.silhouette, "bench", "--json", "--repeats", str(options.repeats)]
            ours = subprocess.run([*bench, "--decode", path], capture_output=True, text=True)
            own = json.loads(ours.stdout.splitlines()[0])
            key = path.stem.split("-")[1]
            repeats = min(options.repeats, 5)
            peers = with_pydicom(path, repeats) | with_tools(path, key, repeats)
            best = min(peers, key=peers.get)
            mine = 1e3 * own["processor_secs"]
            others = ", ".join(f"{name} {used:.0f}" for name, used in sorted(peers.items(), key=lambda one: one[1]))
            print(
                f"| {path.stem} | {path.stat().st_size / 1e6:.1f} | {mine:.1f} | {peers[best]:.1f} ({best}) "
                f"| {mine / peers[best]:.2f} | {1e3 * own['here_secs']:.1f} | {1e3 * own['apart_secs']:.1f} | {others} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
