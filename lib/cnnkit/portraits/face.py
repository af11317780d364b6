"""The face itself: skin, eyes, brows, nose and mouth, drawn on the surface's own coordinates."""

import numpy as np

from cnnkit.portraits.geometry import Field, View, mouth_corners, mouth_middle
from cnnkit.portraits.paint import EYES, HAIR, ROSE, SKIN, blend, bump, from_palette, linear, stain
from cnnkit.portraits.traits import Conditions, Identity

DARK = linear((34, 20, 20))


def skin_colour(who: Identity) -> Field:
    """The linear colour of a person's skin."""
    warm = np.array([1 + 0.05 * who.undertone, 1, 1 - 0.1 * who.undertone], np.float32)
    return from_palette(SKIN, who.skin_tone) * warm


def hair_colour(who: Identity) -> Field:
    """The linear colour of a person's hair."""
    return from_palette(HAIR, who.hair_colour)


def outline(who: Identity, see: View) -> Field:
    """The signed distance from the face's outline, negative inside."""
    x, y = see.at(0.0)
    x = x - np.float32(np.sin(see.yaw)) * (0.02 + 0.2 * np.clip(y + 0.1, 0, 1))
    y = y + np.float32(0.2 * np.sin(see.pitch))
    width = who.face_width * (1 - 0.04 * who.cheeks * np.clip(y, 0, 1))
    share = np.abs(y) / np.where(y < 0, 1.0, who.chin_height).astype(np.float32)
    power = np.where(y < 0, 2.0, who.jaw).astype(np.float32)
    value = (x / width) ** 2 + share**power - 1
    slope = np.hypot(2 * x / width**2, power * share ** (power - 1))
    return value / np.maximum(slope, 0.6)


def relief(who: Identity, how: Conditions, see: View) -> Field:
    """The small forms of a face that light falls on: heights over the dome of the head."""
    x, y = see.x, see.y
    side = np.abs(x)
    tip = who.eye_height + who.nose_length
    corner, lifted = mouth_corners(who, how)
    middle = mouth_middle(who)
    bridge = who.nose_bridge + (who.nose_width * 0.75 - who.nose_bridge) * np.clip(
        (y - who.eye_height) / who.nose_length, 0, 1
    )
    ridge = (
        np.exp(-((x / bridge) ** 2))
        * np.clip((y - who.eye_height + 0.22) * 2, 0, 1)
        / (1 + np.exp((y - tip - 0.05) * 40))
    )
    height = 0.085 * ridge
    height += 0.055 * bump(x, y - tip, who.nose_width * 0.55, 0.07)
    height += 0.03 * bump(side - who.nose_width * 0.78, y - tip - 0.02, 0.05, 0.06)
    height -= 0.07 * bump(side - who.eye_spacing, y - who.eye_height + 0.02, 0.2, 0.12)
    height += 0.05 * bump(side - who.eye_spacing, y - who.eye_height - 0.01, 0.13, 0.09)
    height += 0.025 * bump(side - 0.28, y - who.eye_height + who.brow_height - 0.02, 0.24, 0.06)
    height += (
        (0.06 + 0.05 * max(how.smile, 0))
        * who.cheeks
        * bump(side - 0.40, y - 0.38 + 0.06 * how.smile, 0.2, 0.16)
    )
    height += 0.05 * bump(x, y - who.chin_height + 0.13, 0.17, 0.1)
    height -= (
        0.035
        * max(how.smile, 0)
        * np.exp(-(((side - 0.15 - (y - tip) * 0.75) / 0.03) ** 2))
        * bump(x * 0, y - lifted + 0.08, 1, 0.12)
    )
    height += 0.03 * bump(x, y - middle, corner * 0.9, who.lip_fullness * 1.6)
    return height


def paint_skin(who: Identity, see: View) -> Field:
    """The skin's albedo, (3, n, n): blushed cheeks, freckles, a mole, shade where light hardly comes."""
    albedo = np.empty((3, *see.x.shape), np.float32)
    albedo[:] = skin_colour(who)[:, None, None]
    side = np.abs(see.x)
    tip = who.eye_height + who.nose_length
    blush = 0.55 * bump(side - 0.4, see.y - 0.36, 0.2, 0.15) + 0.4 * bump(see.x, see.y - tip, 0.13, 0.1)
    stain(albedo, (0.97, 0.74, 0.72), blush)
    sockets = bump(side - who.eye_spacing, see.y - who.eye_height + 0.03, who.eye_width * 1.2, 0.12)
    stain(albedo, (0.82, 0.68, 0.66), 0.65 * sockets)
    stain(albedo, (0.70, 0.52, 0.48), 0.5 * bump(see.x, see.y - tip - 0.085, who.nose_width * 0.9, 0.04))
    stain(
        albedo,
        (0.70, 0.52, 0.48),
        0.45 * bump(see.x, see.y - mouth_middle(who) - who.lip_fullness * 2.1, 0.13, 0.04),
    )
    if who.freckles > 0:
        x, y = (
            see.x + 0.05 * np.sin(17 * see.y + who.pattern),
            see.y + 0.05 * np.sin(19 * see.x + 2 * who.pattern),
        )
        spots = np.sin(67 * x + who.pattern) * np.sin(61 * y) + 0.8 * np.sin(29 * y - 37 * x) * np.sin(
            23 * x + 31 * y
        )
        cheeks = bump(side - 0.26, see.y - 0.28, 0.28, 0.17)
        stain(albedo, (0.66, 0.48, 0.40), np.clip((spots - 0.7) * 3, 0, 1) * cheeks * who.freckles)
    if who.mole > 0:
        mole = np.hypot(see.x - who.mole_x, see.y - who.mole_y) - 0.012 - who.mole
        blend(albedo, skin_colour(who) * np.float32(0.2), see.inside(mole, 0.01))
    return albedo


def paint_beard(albedo: Field, who: Identity, see: View) -> None:
    """A beard and a moustache, from stubble to full, of those who have one."""
    if who.beard < 0:
        return
    side, middle = np.abs(see.x), mouth_middle(who)
    edge = 0.24 + 0.55 * np.clip(1 - side / who.face_width, 0, 1) ** 0.7 - 0.1
    strands = 0.06 * np.sin(70 * see.x + who.pattern) * np.sin(23 * see.y + 9 * see.x)
    cheeks = np.clip((see.y - np.minimum(edge, middle - 0.12) + strands) * 9, 0, 1)
    bare = np.clip(
        1.4 - 1.4 * np.hypot(see.x / (who.mouth_width * 1.05), (see.y - middle - 0.01) / 0.12) ** 4, 0, 1
    )
    lip = bump(see.x, see.y - middle + who.lip_fullness + 0.035, who.mouth_width * 0.8, 0.045)
    full = np.clip(np.maximum(cheeks * (1 - bare), 1.3 * lip), 0, 1) * min(1.0, 0.3 + who.beard)
    colour = hair_colour(who)[:, None, None] * np.float32(0.75)
    blend(albedo, colour * (1 + 4 * strands), full * np.float32(0.92))


def paint_eye(albedo: Field, who: Identity, how: Conditions, see: View, sign: int) -> None:
    """An eye: white, iris, pupil, a glint, lids and lashes; `sign` is -1 for the one at the picture's left."""
    tilt = np.float32(who.eye_tilt)
    x0, y0 = (see.x - sign * who.eye_spacing) * sign, see.y - who.eye_height
    x, y = x0, y0 + tilt * x0
    share = np.clip(np.abs(x) / who.eye_width, 0, 1)
    arch = 1 - share**2.2
    opening = who.eye_width * who.eye_opening * max(0.0, 1 - how.closure)
    smile = max(how.smile, 0) * 0.3
    upper = -opening * arch + 0.02 * how.closure
    lower = opening * (0.62 - smile) * arch + 0.03 * how.closure
    inside = np.maximum(np.maximum(upper - y, y - lower), np.abs(x) - who.eye_width)
    eye = see.inside(inside, 0.008)
    radius = who.eye_width * 0.2 + 0.065
    look = (sign * 0.035 * how.gaze[0], 0.02 * how.gaze[1])
    distance = np.hypot(x - look[0], y - look[1] + 0.15 * opening)
    ball = np.empty_like(albedo)
    ball[:] = linear((240, 234, 228))[:, None, None]
    iris = from_palette(EYES, who.eye_colour)
    shades = iris[:, None, None] * (0.65 + 0.9 * np.clip(0.5 + (y - look[1]) / radius, 0, 1.4))
    blend(ball, iris * np.float32(0.25), see.inside(distance - radius, 0.015))
    blend(ball, shades, see.inside(distance - radius * 0.86, 0.02))
    blend(ball, DARK * np.float32(0.4), see.inside(distance - radius * 0.46, 0.012))
    stain(ball, (0.45, 0.42, 0.45), np.clip(1 - (y - upper) / (0.45 * opening + 0.01), 0, 1))
    glint = np.hypot(x0 * sign - 0.035 - look[0] * sign, y - look[1] + 0.035 + 0.15 * opening) - 0.022
    blend(ball, linear((255, 255, 255)) * np.float32(1.2), see.inside(glint, 0.01))
    crease = np.abs(y - upper + 0.035 + 0.03 * who.eye_opening) - 0.008
    stain(
        albedo,
        (0.55, 0.38, 0.35),
        0.6 * see.inside(np.maximum(crease, np.abs(x) - who.eye_width * 0.95), 0.015),
    )
    bag = np.abs(y - lower - 0.02) - 0.004
    stain(albedo, (0.7, 0.5, 0.46), 0.6 * see.inside(np.maximum(bag, np.abs(x) - who.eye_width * 0.8), 0.03))
    blend(albedo, ball, eye)
    thick = 0.012 + 0.012 * who.lashes + 0.012 * np.clip(x / who.eye_width, -1, 1)
    wing = 1.02 + 0.22 * who.lashes
    line = np.abs(y - np.where(x > who.eye_width, upper - (x - who.eye_width) * 0.6, upper)) - thick
    blend(
        albedo,
        DARK,
        see.inside(np.maximum(line, np.maximum(-x - who.eye_width, x - who.eye_width * wing)), 0.006),
    )
    under = np.maximum(np.abs(y - lower) - 0.004, np.abs(x) - who.eye_width)
    stain(albedo, (0.4, 0.28, 0.26), 0.7 * see.inside(under, 0.006))


def paint_brows(albedo: Field, who: Identity, how: Conditions, see: View) -> None:
    """Both brows: strokes that taper outwards, a little darker than the hair."""
    width = who.eye_width * 1.25
    x = np.abs(see.x) - who.eye_spacing - 0.02
    share = np.clip(x / width, -1, 1)
    y = see.y - who.eye_height + who.brow_height + how.brow_raise + who.brow_tilt * x * 0.7
    y = y + who.brow_arch * (1 - share**2) - 0.02
    thick = who.brow_thickness * (1 - 0.55 * np.clip(share, 0, 1)) * (1 - 0.2 * np.clip(-share, 0, 1))
    strands = 1 + 0.12 * np.sin(170 * x + 90 * y)
    brow = see.inside(np.maximum(np.abs(y) - thick * strands, np.abs(x) - width), 0.02)
    blend(albedo, hair_colour(who) * np.float32(0.6) + np.float32(0.004), 0.88 * brow)


def paint_nose(albedo: Field, who: Identity, see: View) -> None:
    """Nostrils and the edges of the wings; the rest of a nose is light."""
    tip = who.eye_height + who.nose_length
    side = np.abs(see.x)
    nostril = (
        np.hypot(
            (side - who.nose_width * 0.5) / 1.5, see.y - tip - 0.075 + 0.15 * (side - who.nose_width * 0.5)
        )
        - 0.019
    )
    stain(albedo, (0.28, 0.15, 0.14), 0.85 * see.inside(nostril, 0.02))
    wing = np.abs(np.hypot(side - who.nose_width * 0.72, see.y - tip - 0.03) - 0.058) - 0.004
    outer = np.clip((side - who.nose_width * 0.8) * 25, 0, 1) * np.clip((0.1 + tip - see.y) * 25, 0, 1)
    stain(albedo, (0.5, 0.33, 0.3), 0.65 * see.inside(wing, 0.02) * outer)


def paint_mouth(albedo: Field, who: Identity, how: Conditions, see: View) -> None:
    """Lips, and when they part teeth and the dark behind them."""
    corner, lifted = mouth_corners(who, how)
    middle = mouth_middle(who)
    share = np.clip(see.x / corner, -1, 1)
    arch = 1 - share**2
    seam = middle + (lifted - middle) * share**2
    gap = 0.17 * how.mouth_open + 0.085 * max(0.0, how.smile - 0.55) / 0.45
    bow = 1 - 0.28 * np.exp(-((see.x / 0.05) ** 2))
    full = who.lip_fullness * (1 - 0.25 * max(how.smile, 0))
    y = see.y - seam
    inner = -0.25 * gap * arch, 0.75 * gap * arch
    top, bottom = inner[0] - full * arch**0.8 * bow, inner[1] + 1.25 * full * arch**0.75
    beside = np.abs(see.x) - corner
    lips = see.inside(np.maximum(np.maximum(top - y, y - bottom), beside), 0.016)
    rose = (1 - who.lip_tone) * skin_colour(who) + who.lip_tone * ROSE * (0.4 + 0.8 * skin_colour(who)[0])
    colour = rose[:, None, None] * (0.62 + 0.36 * np.clip((y - inner[0]) / (full + 0.01), 0, 1))
    blend(albedo, colour, 0.92 * lips)
    mouth = see.inside(np.maximum(np.maximum(inner[0] - y, y - inner[1]), beside), 0.006)
    within = np.empty_like(albedo)
    within[:] = linear((70, 22, 24))[:, None, None]
    blend(within, linear((196, 96, 96)), see.inside(inner[1] - y + 0.0 - 0.35 * gap, 0.04) * 0.6)
    teeth = np.maximum(y - inner[0] - min(0.075, 0.3 * gap + 0.04), np.abs(see.x) - corner * 0.86)
    blend(within, linear((244, 238, 228))[:, None, None] * (1 - 0.45 * share**2), see.inside(teeth, 0.015))
    blend(albedo, within, mouth)
    line = np.maximum(np.abs(y - inner[0]) - 0.006, np.abs(see.x) - corner * 1.03)
    stain(albedo, (0.3, 0.12, 0.12), 0.8 * see.inside(line, 0.012))
    dimple = np.hypot(np.abs(see.x) - corner - 0.015, see.y - lifted) - 0.012
    stain(albedo, (0.5, 0.3, 0.28), 0.6 * see.inside(dimple, 0.03))
