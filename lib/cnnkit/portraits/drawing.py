"""A portrait from its layers, back to front, and the camera that takes it."""

import numpy as np
from numpy.typing import NDArray

from cnnkit.portraits import face, head
from cnnkit.portraits.geometry import Field, View, view
from cnnkit.portraits.paint import Lamp, blend, lamp, solid, stain
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
    canvas = head.background(how, pixels)
    head.draw_back_hair(canvas, who, see, light)
    head.draw_body(canvas, who, how, see, light)
    head.draw_ears(canvas, who, see, light)
    _draw_face(canvas, who, how, see, light)
    head.draw_hair(canvas, who, see, light)
    if how.glasses:
        head.draw_glasses(canvas, how, who, see)
    across = see.u * np.float32(np.cos(how.shadow_angle)) + see.v * np.float32(np.sin(how.shadow_angle))
    stain(canvas, (1 - how.shadow,) * 3, np.clip((across - how.shadow_place) * 3, 0, 1))
    return canvas


def _draw_face(canvas: Field, who: Identity, how: Conditions, see: View, light: Lamp) -> None:
    albedo = face.paint_skin(who, see)
    face.paint_beard(albedo, who, see)
    face.paint_nose(albedo, who, see)
    face.paint_mouth(albedo, who, how, see)
    face.paint_brows(albedo, who, how, see)
    for sign in (-1, 1):
        face.paint_eye(albedo, who, how, see, sign)
    under_hair = np.clip(0.8 - 7 * np.maximum(head.hairline(who, see), 0), 0, 1)
    stain(albedo, (0.6, 0.45, 0.42), under_hair)
    edge = face.outline(who, see)
    stain(albedo, (0.72, 0.6, 0.56), np.clip(1 + edge * 6, 0, 1) ** 2)
    normal = solid(see.u, see.v, 0.95, 1.25, face.relief(who, how, see), see, light.turn)
    blend(canvas, light.lit(albedo, normal, 0.10, 0.45), see.inside(edge))


def _photograph(light: Field, how: Conditions, seed: int) -> NDArray[np.uint8]:
    """Exposure, the curve of a camera, blur and noise."""
    from scipy.ndimage import gaussian_filter  # noqa: PLC0415 - slow to import

    light = np.maximum(light * np.float32(how.exposure), 0)
    picture = np.clip(light / (1 + 0.25 * light * light), 0, 1) ** np.float32(1 / 2.2)
    deviation = how.blur * light.shape[1] / 2.8
    picture = gaussian_filter(picture, (0, deviation, deviation)) if how.blur else picture
    picture = picture + np.random.default_rng([seed, 3]).normal(0, how.noise, picture.shape)
    return np.clip(picture * 255 + 0.5, 0, 255).astype(np.uint8).transpose(1, 2, 0).copy()
