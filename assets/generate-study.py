"""Draws the two films of the demonstration study: samples of a linear generator of normal films.

    python3 generate-study.py FOLDER_OF_NORMAL_FILMS OUT_FOLDER

The generator is the mean and the first 200 principal components of a folder of normal frontal chest
films at 224 x 224 pixels (the 1,249 normal training films of ZhangLab: Kermany et al., Labeled
Optical Coherence Tomography and Chest X-Ray Images, Mendeley Data, doi:10.17632/rscbjbr9sj,
CC BY 4.0). A film is a random point in that space, sharpened, with noise: a mixture of everybody and
a picture of nobody. The second film is the first with an opacity added at a known place.

Needs numpy, scipy and Pillow. The committed films were drawn with seed 4.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter, zoom

MODEL_SIDE, SIDE, COMPONENTS, SEED = 224, 768, 200, 4
# Centre and radius of the opacity as shares of the side, and its strength.
CENTER_X, CENTER_Y, RADIUS, STRENGTH = 0.33, 0.62, 0.085, 0.5


def components(folder):
    """Returns the mean film, the components and their variances."""
    films = [
        np.asarray(Image.open(path).convert("L").resize((MODEL_SIDE, MODEL_SIDE)), np.float32)
        for path in sorted(Path(folder).iterdir())
    ]
    films = np.stack([film.ravel() / 255 for film in films])
    mean = films.mean(0)
    rest = films - mean
    variances, vectors = np.linalg.eigh(rest @ rest.T / len(rest))
    variances, vectors = variances[::-1][:COMPONENTS], vectors[:, ::-1][:, :COMPONENTS]
    return mean, rest.T @ vectors / np.sqrt(variances * len(rest)), variances


def noise(rng, side, smoothing):
    grain = gaussian_filter(rng.normal(size=(side, side)), smoothing)
    return grain / grain.std()


def draw(mean, basis, variances):
    """Returns a film in [0, 1]."""
    rng = np.random.default_rng(SEED)
    point = 0.7 * rng.normal(size=len(variances)) * np.sqrt(variances)
    film = (mean + basis @ point).reshape(MODEL_SIDE, MODEL_SIDE)
    film[80:130, 0:10] = gaussian_filter(film, 6)[80:130, 0:10]  # the ghost of side markers
    film = film + (film - gaussian_filter(film, 2)) + 0.35 * (film - gaussian_filter(film, 5))
    film = film + 0.02 * noise(rng, MODEL_SIDE, 0.6) * np.sqrt(np.clip(film, 0.05, 1))
    film = zoom(film, SIDE / MODEL_SIDE, order=3)
    return np.clip(film + 0.008 * noise(rng, SIDE, 0.8), 0, 1)


def with_opacity(film):
    """Returns the film with a soft-edged opacity."""
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    angle = np.arctan2(y - CENTER_Y, x - CENTER_X)
    distance = np.hypot(x - CENTER_X, (y - CENTER_Y) * 1.1)
    edge = RADIUS * (1 + 0.12 * np.sin(3 * angle + 1) + 0.08 * np.sin(5 * angle))
    inside = 1 / (1 + np.exp((distance - edge) / (0.22 * RADIUS)))
    texture = 1 + 0.12 * noise(np.random.default_rng(5), SIDE, 6)
    return np.clip(film + STRENGTH * inside * (1 - film) * texture, 0, 1)


def main(films, out):
    clear = draw(*components(films))
    for name, film in [("clear", clear), ("opacity", with_opacity(clear))]:
        Image.fromarray((film * 255).round().astype(np.uint8)).save(f"{out}/{name}.png", optimize=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
