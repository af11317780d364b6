"""The face itself: skin, eyes, brows, nose and mouth, drawn on the surface's own coordinates."""

import numpy as np

from cnnkit.portraits.geometry import Field, View, mouth_corners, mouth_middle
from cnnkit.portraits.paint import EYES, HAIR, SKIN, Layer, from_palette, hill, inner, linear
from cnnkit.portraits.traits import Conditions, Identity

DARK, WHITE, TEETH = linear((34, 20, 20)), linear((240, 234, 228)), linear((244, 238, 228))
GUMS, TONGUE, ROSE = linear((70, 22, 24)), linear((196, 96, 96)), linear((202, 90, 90))
SHADE = (0.70, 0.52, 0.48)  # what little light does to skin


def skin_colour(who: Identity) -> Field:
    """The linear colour of a person's skin, (3, 1, 1)."""
    warm = np.array([1 + 0.05 * who.undertone, 1, 1 - 0.1 * who.undertone], np.float32)
    return from_palette(SKIN, who.skin_tone) * warm[:, None, None]


def hair_colour(who: Identity) -> Field:
    """The linear colour of a person's hair, (3, 1, 1)."""
    return from_palette(HAIR, who.hair_colour)


def outline(who: Identity, see: View) -> Field:
    """The signed distance from the face's outline, negative inside."""
    x, y = see.at(0.0)
    x = x - np.float32(np.sin(see.yaw)) * (0.02 + 0.2 * np.clip(y + 0.1, 0, 1))
    y = y + np.float32(0.2 * np.sin(see.pitch))
    width = who.face_width * (1 - 0.04 * who.cheeks * np.clip(y, 0, 1))
    share = np.abs(y) / np.where(y < 0, 1.0, who.chin_height).astype(np.float32)
    power = np.where(y < 0, 2.0, who.jaw).astype(np.float32)
    steep = np.hypot(2 * x / width**2, power * share ** (power - 1))
    return ((x / width) ** 2 + share**power - 1) / np.maximum(steep, 0.6)


def relief(who: Identity, how: Conditions, see: View) -> Field:
    """The small forms of a face that light falls on: heights over the dome of the head."""
    x, y, side = see.x, see.y, np.abs(see.x)
    corner, lifted = mouth_corners(who, how)
    smile, down = max(how.smile, 0.0), y - who.eye_height
    below = down - who.nose_length
    bridge = who.nose_bridge + (who.nose_width * 0.75 - who.nose_bridge) * np.clip(
        down / who.nose_length, 0, 1
    )
    ridge = np.exp(-((x / bridge) ** 2)) * np.clip(2 * down + 0.44, 0, 1)
    fold = np.exp(-(((side - 0.15 - 0.75 * below) / 0.03) ** 2) - ((y - lifted + 0.08) / 0.12) ** 2)
    height = 0.0425 * ridge * (1 - np.tanh(20 * below - 1)) - 0.035 * smile * fold
    hills = (
        (0.055, x, below, who.nose_width * 0.55, 0.07),
        (0.03, side - who.nose_width * 0.78, below - 0.02, 0.05, 0.06),
        (-0.07, side - who.eye_spacing, down + 0.02, 0.2, 0.12),
        (0.05, side - who.eye_spacing, down - 0.01, 0.13, 0.09),
        (0.025, side - 0.28, down + who.brow_height - 0.02, 0.24, 0.06),
        ((0.06 + 0.05 * smile) * who.cheeks, side - 0.40, y - 0.38 + 0.06 * smile, 0.2, 0.16),
        (0.05, x, y - who.chin_height + 0.13, 0.17, 0.1),
        (0.03, x, y - mouth_middle(who), corner * 0.9, who.lip_fullness * 1.6),
    )
    for tall, across, along, wide, high in hills:
        height += tall * hill(across, along, wide, high)
    return height


def paint_skin(who: Identity, see: View) -> Layer:
    """The skin's albedo: blushed cheeks, freckles, a mole, shade where light hardly comes."""
    skin = Layer(np.ones((3, *see.x.shape), np.float32) * skin_colour(who), see.pixel)
    x, y, side = see.x, see.y, np.abs(see.x)
    down = y - who.eye_height
    below = down - who.nose_length
    skin.tint(
        (0.97, 0.74, 0.72), 0.55 * hill(side - 0.4, y - 0.36, 0.2, 0.15) + 0.4 * hill(x, below, 0.13, 0.1)
    )
    skin.tint((0.82, 0.68, 0.66), 0.65 * hill(side - who.eye_spacing, down + 0.03, who.eye_width * 1.2, 0.12))
    skin.tint(SHADE, 0.5 * hill(x, below - 0.085, who.nose_width * 0.9, 0.04))
    skin.tint(SHADE, 0.45 * hill(x, y - mouth_middle(who) - who.lip_fullness * 2.1, 0.13, 0.04))
    if who.freckles > 0:
        a, b = x + 0.05 * np.sin(17 * y + who.pattern), y + 0.05 * np.sin(19 * x + 2 * who.pattern)
        spots = np.sin(67 * a + who.pattern) * np.sin(61 * b)
        spots += 0.8 * np.sin(29 * b - 37 * a) * np.sin(23 * a + 31 * b)
        cheeks = hill(side - 0.26, y - 0.28, 0.28, 0.17)
        skin.tint((0.66, 0.48, 0.40), np.clip(3 * spots - 2.1, 0, 1) * cheeks * who.freckles)
    if who.mole > 0:
        away = np.hypot(x - who.mole_x, y - who.mole_y)
        skin.lay(skin_colour(who) * 0.2, away - 0.012 - who.mole, 0.01)
    return skin


def paint_beard(skin: Layer, who: Identity, see: View) -> None:
    """A beard and a moustache, from stubble to full, of those who have one."""
    if who.beard < 0:
        return
    side, down = np.abs(see.x), see.y - mouth_middle(who)
    edge = 0.14 + 0.55 * np.clip(1 - side / who.face_width, 0, 1) ** 0.7
    strands = 0.06 * np.sin(70 * see.x + who.pattern) * np.sin(23 * see.y + 9 * see.x)
    cheeks = np.clip(9 * (np.maximum(see.y - edge, down + 0.12) + strands), 0, 1)
    hairy = np.clip(1.4 * np.hypot(see.x / (who.mouth_width * 1.05), (down - 0.01) / 0.12) ** 4 - 0.4, 0, 1)
    lip = 1.3 * hill(see.x, down + who.lip_fullness + 0.035, who.mouth_width * 0.8, 0.045)
    full = np.clip(np.maximum(cheeks * hairy, lip), 0, 1) * 0.92 * min(1.0, 0.3 + who.beard)
    skin.lay(hair_colour(who) * (0.75 + 3 * strands), np.full_like(full, -1), 0, full)


def paint_eyes(skin: Layer, who: Identity, how: Conditions, see: View) -> None:
    """Both eyes: whites, irises, pupils, glints, lids and lashes."""
    sign, x = np.sign(see.x), np.abs(see.x) - who.eye_spacing
    y = see.y - who.eye_height + who.eye_tilt * x
    opening = who.eye_width * who.eye_opening * max(0.0, 1 - how.closure)
    arch, beside = 1 - np.clip(np.abs(x) / who.eye_width, 0, 1) ** 2.2, np.abs(x) - who.eye_width
    upper = 0.02 * how.closure - opening * arch
    lower = 0.03 * how.closure + opening * (0.62 - 0.3 * max(how.smile, 0)) * arch
    skin.trace(
        (0.55, 0.38, 0.35),
        inner(np.abs(y - upper + 0.035 + 0.03 * who.eye_opening) - 0.008, beside),
        0.015,
        0.6,
    )
    skin.trace((0.7, 0.5, 0.46), inner(np.abs(y - lower - 0.02) - 0.004, beside + 0.03), 0.03, 0.6)
    ball = _eyeballs(skin, who, x - sign * 0.035 * how.gaze[0], y - 0.02 * how.gaze[1] + 0.15 * opening, sign)
    ball.tint((0.45, 0.42, 0.45), np.clip(1 - (y - upper) / (0.45 * opening + 0.01), 0, 1))
    skin.lay(ball.colours, inner(upper - y, y - lower, beside), 0.008)
    lid = np.abs(y - upper + 0.6 * np.maximum(beside, 0) * (x > 0))
    thick = 0.012 + 0.012 * who.lashes + 0.012 * np.clip(x / who.eye_width, -1, 1)
    ends = inner(-x - who.eye_width, x - who.eye_width * (1.02 + 0.22 * who.lashes))
    skin.lay(DARK, inner(lid - thick, ends), 0.006)
    skin.trace((0.4, 0.28, 0.26), inner(np.abs(y - lower) - 0.004, beside), 0.006, 0.7)


def _eyeballs(skin: Layer, who: Identity, x: Field, y: Field, sign: Field) -> Layer:
    """Whites and irises around the pupils' middles at (0, 0)."""
    ball = Layer(np.ones_like(skin.colours) * WHITE, skin.pixel)
    radius, away = who.eye_width * 0.2 + 0.065, np.hypot(x, y)
    iris = from_palette(EYES, who.eye_colour)
    ball.lay(iris * 0.25, away - radius, 0.015)
    ball.lay(iris * (0.65 + 0.9 * np.clip(0.5 + y / radius, 0, 1.4)), away - radius * 0.86, 0.02)
    ball.lay(DARK * 0.4, away - radius * 0.46, 0.012)
    ball.lay(WHITE * 1.3, np.hypot(sign * x + 0.035, y + 0.035) - 0.022, 0.01)
    return ball


def paint_brows(skin: Layer, who: Identity, how: Conditions, see: View) -> None:
    """Both brows: strokes that taper outwards, a little darker than the hair."""
    width, x = who.eye_width * 1.25, np.abs(see.x) - who.eye_spacing - 0.02
    share = np.clip(x / width, -1, 1)
    y = see.y - who.eye_height + who.brow_height + how.brow_raise + who.brow_tilt * x * 0.7
    y = y + who.brow_arch * (1 - share**2) - 0.02
    thick = who.brow_thickness * (1 - 0.55 * np.clip(share, 0, 1)) * (1 - 0.2 * np.clip(-share, 0, 1))
    thick = thick * (1 + 0.12 * np.sin(170 * x + 90 * y))
    skin.lay(hair_colour(who) * 0.6 + 0.004, inner(np.abs(y) - thick, np.abs(x) - width), 0.02, 0.88)


def paint_nose(skin: Layer, who: Identity, see: View) -> None:
    """Nostrils and the edges of the wings; the rest of a nose is light."""
    side, below = np.abs(see.x), see.y - who.eye_height - who.nose_length
    x = side - who.nose_width * 0.5
    skin.trace((0.28, 0.15, 0.14), np.hypot(x / 1.5, below - 0.075 + 0.15 * x) - 0.019, 0.02, 0.85)
    wing = np.abs(np.hypot(side - who.nose_width * 0.72, below - 0.03) - 0.058) - 0.004
    outer = np.clip((side - who.nose_width * 0.8) * 25, 0, 1) * np.clip((0.1 - below) * 25, 0, 1)
    skin.trace((0.5, 0.33, 0.3), wing, 0.02, 0.65 * outer)


def paint_mouth(skin: Layer, who: Identity, how: Conditions, see: View) -> None:
    """Lips, and when they part teeth and the dark behind them."""
    corner, lifted = mouth_corners(who, how)
    square = np.clip(see.x / corner, -1, 1) ** 2
    arch, beside = 1 - square, np.abs(see.x) - corner
    gap = 0.17 * how.mouth_open + 0.085 * max(0.0, how.smile - 0.55) / 0.45
    full = who.lip_fullness * (1 - 0.25 * max(how.smile, 0))
    y = see.y - mouth_middle(who) - (lifted - mouth_middle(who)) * square
    over, under = y + 0.25 * gap * arch, y - 0.75 * gap * arch
    bow = 1 - 0.28 * np.exp(-((see.x / 0.05) ** 2))
    skin_tone = skin_colour(who)
    rose = skin_tone + who.lip_tone * (ROSE * (0.4 + 0.8 * skin_tone[0]) - skin_tone)
    shaded = rose * (0.62 + 0.36 * np.clip(over / (full + 0.01), 0, 1))
    lips = inner(-over - full * arch**0.8 * bow, under - 1.25 * full * arch**0.75, beside)
    skin.lay(shaded, lips, 0.016, 0.92)
    within = Layer(np.ones_like(skin.colours) * GUMS, skin.pixel)
    within.lay(TONGUE, -under - 0.35 * gap, 0.04, 0.6)
    within.lay(TEETH * (1 - 0.45 * square), inner(over - min(0.075, 0.3 * gap + 0.04), beside + 0.035), 0.015)
    skin.lay(within.colours, inner(-over, under, beside), 0.006)
    skin.trace((0.3, 0.12, 0.12), inner(np.abs(over) - 0.006, beside - 0.007), 0.012, 0.8)
    skin.trace((0.5, 0.3, 0.28), np.hypot(beside - 0.015, see.y - lifted) - 0.012, 0.03, 0.6)
