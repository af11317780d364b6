"""What is around a face: background, neck, clothes, ears, hair and glasses."""

import numpy as np

from cnnkit.portraits.face import hair_colour, outline, skin_colour
from cnnkit.portraits.geometry import Field, View
from cnnkit.portraits.paint import Lamp, Layer, inner, linear, solid
from cnnkit.portraits.traits import Conditions, Identity

FRAMES = ((30, 26, 26), (110, 60, 30), (130, 30, 40), (120, 124, 130))
INNER_EAR = np.array([0.3, 0.5, 0.5], np.float32)[:, None, None]


def background(how: Conditions, see: View) -> Layer:
    """Two colours that run into each other, with soft bars in front."""
    pixels, place = len(see.u), how.background
    line = np.linspace(-1, 1, pixels, dtype=np.float32)
    turn = np.exp(6.28j * place[6])
    across = line[None] * np.float32(turn.real) + line[:, None] * np.float32(turn.imag)
    first, second = (linear(70 + 150 * np.array(place[i : i + 3])) for i in (0, 3))
    canvas = Layer(first + (second - first) * np.clip(0.5 + 0.5 * across, 0, 1), see.pixel)
    bars = np.clip(3 * np.sin(across.T * (2 + 6 * place[7]) + 9 * place[6]), 0, 1)
    canvas.tint((0.6, 0.62, 0.66), bars * abs(2 * place[7] - 1))
    return canvas


def draw_body(canvas: Layer, who: Identity, how: Conditions, see: View, light: Lamp) -> None:
    """Neck and shoulders."""
    x, y = see.at(-0.15)
    flare = 0.12 * np.clip((y - 1.05) * 2, 0, 1) ** 2
    shade = np.clip(1.75 - (y - 0.3 * x * light.direction[0]) / (who.chin_height * 0.85), 0, 1)
    round_neck = solid(x, 0 * y, who.face_width * 0.62, 1.0)
    skin = light.lit(skin_colour(who) * (1 - 0.6 * shade), round_neck, 0.0, 0.3)
    canvas.lay(skin, inner(np.abs(x) - who.face_width * 0.56 - flare, 0.3 - y))
    collar = 1.22 + 0.16 * np.clip(1 - np.abs(x) / 0.5, 0, 1) ** 0.8
    shoulder = collar + 0.30 * np.clip(np.abs(x) - 0.42, 0, 2) ** 1.2 - y
    seam = canvas.mask(np.abs(shoulder + 0.05) - 0.012, 0.01)
    cloth = linear(40 + 190 * np.array(how.clothes)) * (1 - 0.5 * seam)
    canvas.lay(light.lit(cloth, solid(x, y - 1.9, 1.5, 0.95), 0.02, 0.2), shoulder)


def draw_ears(canvas: Layer, who: Identity, see: View, light: Lamp) -> None:
    """Both ears, behind the face."""
    x, y = see.at(-0.25)
    sign, y, size = np.sign(x), y - who.eye_height - 0.10, who.ear_size
    x = np.abs(x) - who.face_width - 0.015
    around = np.hypot(x / (size * 0.62), (y + 0.15 * x) / (size * 1.25))
    albedo = skin_colour(who) * (1 - INNER_EAR * np.clip(1.3 - 1.6 * around, 0, 1))
    canvas.lay(light.lit(albedo, solid(sign * x, y, size, size * 1.8), 0.03, 0.5), (around - 1) * size * 0.6)


def _strands(who: Identity, x: Field, y: Field) -> Field:
    """The light and dark of hair, from -1 to 1: strands that fall from the parting, waves, curls."""
    curl = who.hair_curl**2
    wave = 0.16 * curl * np.sin(13 * y + 5 * x + who.pattern)
    around = 2.2 * np.arctan2(x - who.parting * who.face_width * 0.8, y + 1.9) + wave
    fine = np.sin(31 * around + who.pattern) + 0.7 * np.sin(67 * around + 2 * who.pattern + 3 * y)
    knots = np.sin(24 * x + 4 * np.sin(9 * y)) * np.sin(22 * y + 4 * np.sin(11 * x + who.pattern))
    return (1 - 0.8 * curl) * 0.6 * fine + 1.1 * curl * knots


def hair_light(who: Identity, x: Field, y: Field, light: Lamp, shade: Field | float) -> Field:
    """The lit colours of hair, (3, n, n), with a band of shine over the crown."""
    streak = _strands(who, x, y)
    normal = solid(x, y + 0.1, who.face_width + who.hair_volume + 0.12, 1.35 + who.hair_volume)
    around = np.hypot(x - 0.3 * light.direction[0], 0.9 * (y + 0.15))
    band = np.exp(-(((around - 0.72) / 0.13) ** 2)) * np.clip(-y, 0, 1) * (1 - 0.6 * who.hair_curl)
    colour = hair_colour(who) * (1 + 0.3 * streak)
    colour = colour + (0.03 + 0.25 * colour) * (band * (1 + 0.6 * streak))
    return light.lit(colour * shade, normal, 0.02, 0.25)


def hair_mass(who: Identity, x: Field, y: Field) -> Field:
    """The signed distance from the edge of all the hair, negative inside."""
    wide, high = who.face_width + 0.035 + who.hair_volume * 0.75, 1.04 + who.hair_volume * 0.9
    up, angle, end = np.minimum(y, 0), np.arctan2(y, x), max(who.hair_length, 0.16)
    cap = (x / wide) ** 2 + (up / high) ** 2 - 1
    cap = cap / np.maximum(np.hypot(2 * x / wide**2, 2 * up / high**2), 0.7)
    cap = cap - 0.032 * who.hair_curl**2 * (np.sin(13 * angle + who.pattern) + 0.7 * np.sin(23 * angle))
    fall = (0.1 if who.hair_length > 0 else 0.0) * np.clip(y, 0, 1)
    taper = 0.34 * np.clip((y - end + 0.34) / 0.34, 0, 1.5) ** 2
    ends = y - end - 0.03 * np.sin(11 * x + who.pattern) * (0.4 + who.hair_curl)
    return inner(cap - fall + taper, ends)


def draw_back_hair(canvas: Layer, who: Identity, see: View, light: Lamp) -> None:
    """The hair behind the neck, down to its length."""
    if who.hair_length > 0:
        x, y = see.at(-0.15)
        canvas.lay(hair_light(who, x, y, light, 0.55), hair_mass(who, x, y), 0.012)


def hairline(who: Identity, see: View) -> Field:
    """How far below the front edge of the hair a place on the face is."""
    share, sweep = np.abs(see.x) / who.face_width, max(who.fringe, 0.0)
    away = (see.x - who.parting * who.face_width * 0.8) / 0.22
    edge = who.hairline + 0.62 * sweep * (1 - np.exp(-(away**2)))
    edge -= 0.5 * max(-who.fringe, 0.0) * np.exp(-(((share - 0.6) / 0.25) ** 2))
    edge += (3.9 if who.hair_length > 0 else 2.4) * np.clip(share - 0.74, 0, 0.30)
    edge += (0.012 + 0.03 * sweep) * np.sin(26 * see.x + who.pattern) * (1 + who.hair_curl)
    return see.y - edge


def draw_hair(canvas: Layer, who: Identity, see: View, light: Lamp) -> None:
    """The hair on the head, in front: a cap above the hairline, and locks beside the face."""
    x, y = see.at(-0.15)
    face = canvas.mask(outline(who, see), 0.03)
    locks = (
        (0.86 + 0.06 * np.sin(3 * y + who.pattern)) * who.face_width
        - np.abs(x)
        + 0.12 * np.clip(y - 0.5, 0, 1)
    )
    front = inner(hair_mass(who, x, y), np.minimum(locks, y - 0.02))
    above = 1 - face * (1 - canvas.mask(hairline(who, see), 0.03))
    canvas.lay(hair_light(who, x, y, light, 1 - 0.25 * np.clip(y - 0.1, 0, 1)), front, 0.012, above)


def draw_glasses(canvas: Layer, who: Identity, how: Conditions, see: View) -> None:
    """Frames, a bridge, arms and a little reflection, just before the eyes."""
    x, y = see.x - np.float32(0.05 * np.sin(see.yaw)), see.y - who.eye_height - 0.02
    side, corner = np.abs(x) - who.eye_spacing, 2 + 4 * how.glasses_shape
    wide, high = who.eye_spacing - 0.06, 0.17 + 0.05 * (1 - how.glasses_shape)
    edge = high * ((np.abs(side / wide) ** corner + np.abs(y / high) ** corner + 1e-6) ** (1 / corner) - 1)
    bridge = inner(np.abs(y + 0.05 - 0.5 * x * x) - 0.013, side + wide)
    arms = inner(np.abs(y + 0.06) - 0.014, wide - side, np.abs(x) - who.face_width)
    canvas.trace((0.9, 0.92, 0.95), edge, 0, 1)
    canvas.lay(
        linear((235, 240, 250)),
        edge,
        0.02,
        0.3 * np.clip(np.sin(9 * (x + y) + 20 * how.glasses_shape) - 0.6, 0, 1),
    )
    rim = np.minimum(np.abs(edge) - 0.016, np.minimum(bridge, arms))
    canvas.lay(linear(FRAMES[int(how.glasses_shape * 3.999)]), rim, 0.006, 0.95)
