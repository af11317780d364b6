"""What is around a face: background, neck, clothes, ears, hair and glasses."""

import numpy as np

from cnnkit.portraits.face import hair_colour, outline, skin_colour
from cnnkit.portraits.geometry import Field, View
from cnnkit.portraits.paint import Lamp, blend, linear, solid, stain
from cnnkit.portraits.traits import Conditions, Identity


def background(how: Conditions, pixels: int) -> Field:
    """Two colours that run into each other, with a soft shape in front, (3, n, n)."""
    line = np.linspace(-1, 1, pixels, dtype=np.float32)
    x, y = line[None], line[:, None]
    place = how.background
    angle = 6.28 * place[6]
    run = np.clip(0.5 + 0.5 * (x * np.float32(np.cos(angle)) + y * np.float32(np.sin(angle))), 0, 1)
    first, second = (linear(70 + 150 * np.array(place[i : i + 3])) for i in (0, 3))
    canvas = first[:, None, None] + (second - first)[:, None, None] * run
    bars = np.sin(
        (x * np.float32(np.sin(angle)) + y * np.float32(np.cos(angle))) * (2 + 6 * place[7]) + 9 * place[6]
    )
    stain(canvas, (0.6, 0.62, 0.66), np.clip(bars * 3, 0, 1) * abs(2 * place[7] - 1))
    return canvas


def draw_body(canvas: Field, who: Identity, how: Conditions, see: View, light: Lamp) -> None:
    """Neck and shoulders."""
    x, y = see.at(-0.15)
    flare = 0.12 * np.clip((y - 1.05) * 2, 0, 1) ** 2
    neck = np.maximum(np.abs(x) - who.face_width * 0.56 - flare, 0.3 - y)
    shade = 1 - 0.6 * np.clip(1.75 - (y - 0.3 * x * light.direction[0]) / (who.chin_height * 0.85), 0, 1)
    normal = solid(x, y * 0 - 0.0, who.face_width * 0.62, 1.0)
    skin = light.lit(skin_colour(who)[:, None, None] * shade, normal, 0.0, 0.3)
    blend(canvas, skin, see.inside(neck))
    collar = 1.22 + 0.16 * np.clip(1 - np.abs(x) / 0.5, 0, 1) ** 0.8
    slope = collar + 0.30 * np.clip(np.abs(x) - 0.42, 0, 2) ** 1.2
    cloth = linear(40 + 190 * np.array(how.clothes))[:, None, None] * (
        1 - 0.5 * see.inside(np.abs(y - slope - 0.05) - 0.012, 0.01)
    )
    normal = solid(x, y - 1.9, 1.5, 0.95)
    blend(canvas, light.lit(cloth, normal, 0.02, 0.2), see.inside(slope - y))


def draw_ears(canvas: Field, who: Identity, see: View, light: Lamp) -> None:
    """Both ears, behind the face."""
    for sign in (-1, 1):
        x, y = see.at(-0.25)
        x = x - sign * (who.face_width + 0.015)
        y = y - who.eye_height - 0.10
        size = who.ear_size
        around = np.hypot(x / (size * 0.62), (y + 0.15 * sign * x) / (size * 1.25))
        normal = solid(x, y, size * 1.0, size * 1.8)
        albedo = skin_colour(who)[:, None, None] * (
            1 - 0.5 * np.clip(1.3 - 1.6 * around, 0, 1) * np.array([0.6, 1, 1], np.float32)[:, None, None]
        )
        blend(canvas, light.lit(albedo, normal, 0.03, 0.5), see.inside((around - 1) * size * 0.6))


def strands(who: Identity, x: Field, y: Field) -> Field:
    """The light and dark of hair, from -1 to 1: strands that fall from the parting, waves, curls."""
    root = who.parting * who.face_width * 0.8
    curl = who.hair_curl
    wave = curl**2 * 0.16 * np.sin(13 * y + 5 * x + who.pattern)
    around = np.arctan2(x - root, y + 1.9) * 2.2 + wave
    fine = np.sin(31 * around + who.pattern) + 0.7 * np.sin(67 * around + 2 * who.pattern + 3 * y)
    knots = np.sin(24 * x + 4 * np.sin(9 * y)) * np.sin(22 * y + 4 * np.sin(11 * x + who.pattern))
    mixed: Field = (1 - 0.8 * curl**2) * 0.6 * fine + 1.1 * curl**2 * knots
    return mixed


def hair_light(who: Identity, x: Field, y: Field, light: Lamp, shade: Field | float) -> Field:
    """The lit colours of hair, (3, n, n), with a band of shine over the crown."""
    streak = strands(who, x, y)
    normal = solid(x, y + 0.1, who.face_width + who.hair_volume + 0.12, 1.35 + who.hair_volume)
    colour = hair_colour(who)[:, None, None] * ((1 + 0.3 * streak) * shade)
    band = np.exp(
        -(((np.hypot(x - 0.3 * light.direction[0], (y + 0.15) * 0.9) - 0.72) / 0.13) ** 2)
    ) * np.clip(-y, 0, 1)
    colour = colour + (0.03 + 0.25 * colour) * (band * (1 + 0.6 * streak) * (1 - 0.6 * who.hair_curl) * shade)
    return light.lit(colour.astype(np.float32), normal, 0.02, 0.25)


def curls(who: Identity, x: Field, y: Field) -> Field:
    """How far the edge of the hair stands out."""
    angle = np.arctan2(y, x)
    waves = np.sin(13 * angle + who.pattern) + 0.7 * np.sin(23 * angle + 2 * who.pattern)
    edge: Field = 0.032 * who.hair_curl * who.hair_curl * waves
    return edge


def hair_mass(who: Identity, x: Field, y: Field) -> Field:
    """The signed distance from the edge of all the hair, negative inside."""
    wide, high = who.face_width + 0.035 + who.hair_volume * 0.75, 1.04 + who.hair_volume * 0.9
    cap = (x / wide) ** 2 + (np.minimum(y, 0) / high) ** 2 - 1
    cap = cap / np.maximum(np.hypot(2 * x / wide**2, 2 * np.minimum(y, 0) / high**2), 0.7)
    end = max(who.hair_length, 0.16)
    fall = np.float32(0.1 if who.hair_length > 0 else 0) * np.clip(y, 0, 1)
    taper = 0.34 * np.clip((y - end + 0.34) / 0.34, 0, 1.5) ** 2
    ends = y - end - 0.03 * np.sin(11 * x + who.pattern) * (0.4 + who.hair_curl)
    edge: Field = np.maximum(cap - fall + taper - curls(who, x, y), ends)
    return edge


def draw_back_hair(canvas: Field, who: Identity, see: View, light: Lamp) -> None:
    """The hair behind the neck, down to its length."""
    if who.hair_length > 0:
        x, y = see.at(-0.15)
        blend(canvas, hair_light(who, x, y, light, 0.55), see.inside(hair_mass(who, x, y), 0.012))


def hairline(who: Identity, see: View) -> Field:
    """How far below the front edge of the hair a place on the face is."""
    share = np.abs(see.x) / who.face_width
    away = np.abs(see.x - who.parting * who.face_width * 0.8)
    sweep = max(who.fringe, 0.0)
    edge = who.hairline + 0.62 * sweep * (1 - np.exp(-((away / 0.22) ** 2)))
    edge = edge - 0.5 * max(-who.fringe, 0.0) * np.exp(-(((share - 0.6) / 0.25) ** 2))
    reach = 1.3 if who.hair_length > 0 else 0.8
    edge = edge + reach * 3.0 * np.clip(share - 0.74, 0, 0.30)
    edge = edge + (0.012 + 0.03 * sweep) * np.sin(26 * see.x + who.pattern) * (1 + who.hair_curl)
    below: Field = see.y - edge
    return below


def draw_hair(canvas: Field, who: Identity, see: View, light: Lamp) -> None:
    """The hair on the head, in front: a cap above the hairline, and locks beside the face."""
    x, y = see.at(-0.15)
    face = see.inside(outline(who, see), 0.03)
    locks = (
        (0.86 + 0.06 * np.sin(3 * y + who.pattern)) * who.face_width
        - np.abs(x)
        + 0.12 * np.clip(y - 0.5, 0, 1)
    )
    front = np.maximum(hair_mass(who, x, y), np.minimum(locks, y - 0.02))
    mask = see.inside(front, 0.012) * (1 - face * (1 - see.inside(hairline(who, see), 0.03)))
    shade = 1 - 0.25 * np.clip(y - 0.1, 0, 1)
    blend(canvas, hair_light(who, x, y, light, shade), mask)


def draw_glasses(canvas: Field, how: Conditions, who: Identity, see: View) -> None:
    """Frames, a bridge and a little reflection, a finger's breadth before the eyes."""
    x = see.x - np.float32(0.05 * np.sin(see.yaw))
    y = see.y - who.eye_height - 0.02
    corner = 2 + 4 * how.glasses_shape
    wide, high = who.eye_spacing - 0.06, 0.17 + 0.05 * (1 - how.glasses_shape)
    side = np.abs(x) - who.eye_spacing
    lens = (np.abs(side / wide) ** corner + np.abs(y / high) ** corner + 1e-6) ** np.float32(1 / corner) - 1
    rim = np.abs(lens * high) - 0.016
    bridge = np.maximum(np.abs(y + 0.05 - 0.5 * x * x) - 0.013, np.abs(x) - who.eye_spacing + wide)
    arms = np.maximum(
        np.abs(y + 0.06) - 0.014, np.maximum(who.eye_spacing + wide - np.abs(x), np.abs(x) - who.face_width)
    )
    frame = see.inside(np.minimum(np.minimum(rim, bridge), arms), 0.006)
    stain(canvas, (0.9, 0.92, 0.95), see.inside(lens * high))
    glare = np.clip(np.sin(9 * (x + y) + 20 * how.glasses_shape) - 0.6, 0, 1) * see.inside(lens * high, 0.02)
    blend(canvas, linear((235, 240, 250)), 0.3 * glare)
    colour = linear(
        ((30, 26, 26), (110, 60, 30), (130, 30, 40), (120, 124, 130))[int(how.glasses_shape * 3.999)]
    )
    blend(canvas, colour, 0.95 * frame)
