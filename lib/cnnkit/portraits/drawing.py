"""A portrait from its layers, back to front, and the camera that takes it."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from cnnkit.portraits import face, head
from cnnkit.portraits.geometry import REACH, Field, View, view
from cnnkit.portraits.paint import Lamp, Layer, lamp, slope, solid
from cnnkit.portraits.traits import Conditions, Identity

FINEST = 128  # small pictures are drawn near this size and averaged, so that thin lines stay


def draw(who: Identity, how: Conditions, size: int, seed: int) -> NDArray[np.uint8]:
    """A picture of a person, (size, size, 3); the seed is that of the noise."""
    several = max(1, round(FINEST / size))
    light = _layers(who, how, size * several).reshape(3, size, several, size, several)
    return _photograph(light.mean(axis=(2, 4)), how, seed)


def _layers(who: Identity, how: Conditions, pixels: int) -> Field:
    """The linear light of a picture, (3, pixels, pixels)."""
    see, light = view(who, how, pixels), lamp(how)
    canvas = head.background(how, see)
    head.draw_back_hair(canvas, who, see, light)
    head.draw_body(canvas, who, how, see, light)
    head.draw_ears(canvas, who, see, light)
    _draw_face(canvas, who, how, see, light)
    head.draw_hair(canvas, who, see, light)
    if how.glasses:
        head.draw_glasses(canvas, who, how, see)
    strength, angle, place = how.shadow
    across = see.u * np.float32(np.cos(angle)) + see.v * np.float32(np.sin(angle))
    canvas.tint((1 - strength,) * 3, np.clip((across - place) * 3, 0, 1))
    return canvas.colours


def _draw_face(canvas: Layer, who: Identity, how: Conditions, see: View, light: Lamp) -> None:
    skin = face.paint_skin(who, see)
    face.paint_beard(skin, who, see)
    middle = face.mouth_middle(who)
    for paint, low, high in (
        (face.paint_eyes, who.eye_height - 0.35, who.eye_height + 0.3),
        (face.paint_brows, who.eye_height - 0.6, who.eye_height),
        (face.paint_mouth, middle - 0.3, middle + 0.4),
    ):
        part = (slice(None), *see.window(low, high))
        paint(replace(skin, colours=skin.colours[part]), who, how, see.cut(part[1:]))
    face.paint_nose(skin, who, see)
    skin.tint((0.6, 0.45, 0.42), np.clip(0.8 - 7 * np.maximum(head.hairline(who, see), 0), 0, 1))
    edge = face.outline(who, see)
    skin.tint((0.72, 0.6, 0.56), np.clip(1 + edge * 6, 0, 1) ** 2)
    normal = solid(see.u, see.v, 0.95, 1.25, slope(face.relief(who, how, see), see))
    canvas.lay(light.lit(skin.colours, normal, 0.10, 0.45), edge)


def _photograph(light: Field, how: Conditions, seed: int) -> NDArray[np.uint8]:
    """Exposure, the curve of a camera, blur and noise."""
    from scipy.ndimage import gaussian_filter  # noqa: PLC0415 - slow to import

    light = np.maximum(light * np.float32(how.exposure), 0)
    picture: Field = np.clip(light / (1 + 0.25 * light * light), 0, 1) ** np.float32(1 / 2.2)
    deviation = how.blur * light.shape[1] / (2 * REACH)
    picture = gaussian_filter(picture, (0, deviation, deviation)) if deviation else picture
    picture = picture + np.random.default_rng([seed, 3]).normal(0, how.noise, picture.shape)
    return np.clip(picture * 255 + 0.5, 0, 255).astype(np.uint8).transpose(1, 2, 0).copy()
