"""All that has no instances: sky, distant houses, the two rows of buildings, road, pavement, grass."""

from math import copysign

import numpy as np
from PIL import Image, ImageDraw

from cnnkit.scenes import textures
from cnnkit.scenes.camera import View
from cnnkit.scenes.light import Light
from cnnkit.scenes.street import END, START, STEP, STOREY, Street

BUILDING, ROAD, SIDEWALK, VEGETATION = range(1, 5)  # the sky is 0
BAND = 64  # rows drawn at once: what is worked out in between stays in the cache
TEXELS = 85.0  # of the ground's textures per metre
TINTS = np.array([[0.42, 0.42, 0.44], [0.66, 0.64, 0.60], [0.40, 0.50, 0.24], [0.80, 0.79, 0.76]], np.float32)
CLOUDS = {"day": (0.97, 0.97, 0.98), "dusk": (0.80, 0.52, 0.50), "night": (0.13, 0.13, 0.20)}
WARM = np.array([1.0, 0.80, 0.52], np.float32)  # the colour of lamps


def draw_backdrop(
    view: View, light: Light, street: Street, shadows: np.ndarray, lamps: np.ndarray, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Draw everything but the things that stand in the street.

    Args:
        view: the camera and the picture.
        light: the light.
        street: the street.
        shadows: how much sun the things take from the ground, float32 (rows, columns) from 0 to 1.
        lamps: X, Z, reach (metres) and strength of what lights the ground at night, (N, 4).
        seed: for clouds and lit windows.

    Returns:
        The picture, uint8 (rows, columns, 3), and the classes, uint8 (rows, columns).
    """
    top = min(max(view.horizon, 1), view.rows - 1)
    classes = np.zeros((view.rows, view.columns), dtype=np.uint8)
    sky, classes[:top] = _sky(view, top, light, street, seed)
    picture = np.empty((view.rows, view.columns, 3), dtype=np.uint8)
    picture[:top] = np.clip(sky * 255, 0, 255)
    for first in range(top, view.rows, BAND):
        rows = slice(first, min(first + BAND, view.rows))
        ground, classes[rows] = _ground(view, rows, light, street, shadows[rows], lamps)
        picture[rows] = np.clip(ground * 255, 0, 255)
    picture, classes = _end_walls(view, light, street, picture, classes)
    _facades(view, light, street, picture, classes, seed)
    return picture, classes


def _sky(view: View, top: int, light: Light, street: Street, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The sky and distant houses: float32 (top, columns, 3) from 0 to 1, and the classes, (top, columns)."""
    rise = -view.slopes[:top, None]
    across = (np.arange(view.columns, dtype=np.float32) + 0.5 - view.columns / 2) / view.focal
    heading = (view.camera.yaw + np.arctan(across)).astype(np.float32)
    up = np.clip(rise / 0.55, 0, 1)[..., None] ** 0.75
    sky = _planar(
        (light.horizon * (1 - up) + light.zenith * up)[:, 0], np.arange(top)[:, None].repeat(view.columns, 1)
    )
    cover = np.clip((_cloudiness(rise, heading, seed) - 1 + light.cover) * 2.2, 0, 1) * np.clip(
        rise * 9, 0.15, 1
    )
    sky += (np.array(CLOUDS[light.time], np.float32) - sky) * (0.85 * cover[..., None])
    if light.time == "dusk":
        apart = np.angle(np.exp(1j * (heading - light.azimuth)))
        near = np.exp(-((apart / 0.5) ** 2) - (rise / 0.35) ** 2)[..., None]
        sky += 0.35 * near.astype(np.float32) * np.array([1.0, 0.75, 0.4], np.float32)
    house = (heading / (2 * np.pi) * len(street.skyline)).astype(int) % len(street.skyline)
    hit = rise < street.skyline[house]
    tones = (0.39 + 0.14 * (np.sin(house // 4 * 12.9) % 1))[:, None].astype(np.float32)
    far = light.through_haze(tones * (light.ambient + 0.4 * light.sun), 150.0)
    low = top - int((rise < street.skyline.max()).sum())  # no house reaches higher
    np.copyto(sky[low:], far, where=hit[low:, :, None])
    return sky, hit * np.uint8(BUILDING)


def _planar(table: np.ndarray, index: np.ndarray) -> np.ndarray:
    """table[index] for a table (K, 3), each colour's plane in one piece of memory, which is faster to work on."""
    return np.moveaxis(table.T.take(index, axis=1), 0, -1)


def _folded(at: np.ndarray, n: int) -> np.ndarray:
    """Positions led back into 0 to n - 2 as between two mirrors."""
    return n - 2 - np.abs(at % (2 * n - 4) - (n - 2))


def _cloudiness(rise: np.ndarray, heading: np.ndarray, seed: int) -> np.ndarray:
    """The clouds' texture as it hangs over the street, smaller towards the horizon: (rows, columns)."""
    flat = textures.clouds()
    overhead = 1 / (0.18 + rise)
    row = _folded(seed % 97 + 45 * overhead, flat.shape[0])
    column = _folded(seed % 193 + heading * (60 + 40 * overhead), flat.shape[1])
    down, along, n = row % 1, column % 1, flat.shape[1]
    at = row.astype(np.int32) * n + column.astype(np.int32)
    corners = [flat.ravel().take(at + shift) for shift in (0, 1, n, n + 1)]
    low, high = (a * (1 - along) + b * along for a, b in (corners[:2], corners[2:]))
    return low * (1 - down) + high * down


def _ground(
    view: View, rows: slice, light: Light, street: Street, shadows: np.ndarray, lamps: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Some rows of the ground: float32 (rows, columns, 3) from 0 to 1, and the classes, (rows, columns)."""
    depth = (view.camera.height / view.slopes[rows])[:, None]
    x, z = view.camera.x + depth * view.rays[0], depth * view.rays[1]
    away, size = np.abs(x), depth / view.focal
    material = np.ones(x.shape, dtype=np.int32)  # paving
    material[away < street.road] = 0
    material[(away > street.road + 0.2) & (away < street.road + street.verge)] = 2
    material[away > street.wall] = 2
    classes = np.array([ROAD, SIDEWALK, VEGETATION], dtype=np.uint8).take(material)
    texture = _texture(x, z, material, size * np.sqrt(1 + depth / view.camera.height))
    stains = (
        textures.clouds()
        .ravel()
        .take((((z * 9).astype(np.int32) & 255) << 9) + ((x * 14).astype(np.int32) & 511))
    )
    material[(away > street.road) & (away < street.road + 0.2)] = 3  # the kerb
    tone = texture * (0.88 + 0.22 * stains)
    tone *= 1 - 0.5 * np.clip(1 - (street.road - away) / 0.25, 0, 1) * (away < street.road)  # the gutter
    colour = _planar(TINTS, material) * tone[..., None]
    worn = 0.70 + 0.3 * stains
    colour += (np.float32(0.88) - colour) * (_markings(street, x, z, size) * worn)[..., None]
    sun = np.float32(max(light.direction[1], 0.35)) * (
        1 - np.maximum(shadows, street_shadow(street, light, x, z))
    )
    lit = colour * light.ambient * (1 - 0.35 * shadows)[..., None] + colour * light.sun * sun[..., None]
    for lamp_x, lamp_z, reach, power in lamps.tolist():
        lit += (
            colour * WARM * (power / (1 + ((x - lamp_x) ** 2 + (z - lamp_z) ** 2) / reach**2) ** 2)[..., None]
        )
    return light.through_haze(lit, depth), classes


def _texture(x: np.ndarray, z: np.ndarray, material: np.ndarray, blur: np.ndarray) -> np.ndarray:
    """The ground's texture, 1 on average, where a sample is `blur` metres wide."""
    atlas = textures.ground()
    _, levels, n, _ = atlas.shape
    level = np.clip(np.log2(blur * TEXELS), 0, levels - 1).astype(np.int32)
    fine = np.where(material == 0, np.float32(2 * TEXELS), np.float32(TEXELS))
    at = (material * levels + level) * n + ((z * fine).astype(np.int32) & (n - 1))
    return atlas.ravel().take(at * n + ((x * fine).astype(np.int32) & (n - 1))).astype(np.float32) / 128


def _markings(street: Street, x: np.ndarray, z: np.ndarray, size: np.ndarray) -> np.ndarray:
    """How much of the road's white paint covers each sample, from 0 to 1; `size` is a sample's width in metres."""

    def stripe(distance: np.ndarray, half: float) -> np.ndarray:
        return np.clip((half - np.abs(distance)) / size + 0.5, 0, 1)

    dashes = stripe(z - 6 * np.floor(z / 6) - 3, 1.5)
    edge = stripe(np.abs(x) - street.road + (2.1 if street.parking else 0.35), 0.06)
    paint = np.maximum(stripe(x, 0.07) * dashes, edge * (dashes if street.parking else 1.0))
    if street.crossing is not None:
        ahead, road = z - street.crossing, np.abs(x) < street.road - 0.3
        band, stop = stripe(ahead, 1.5), stripe(np.abs(ahead) - 2.6, 0.15)
        paint = np.maximum(
            paint * (1 - band), np.maximum(stripe(x - np.floor(x) - 0.5, 0.25) * band, stop) * road
        )
    return paint


def street_shadow(street: Street, light: Light, x: np.ndarray, z: np.ndarray) -> np.ndarray:
    """How much the buildings towards the sun shade the ground at x and z (both (...), in metres), from 0 to 1."""
    if light.time == "night":
        return np.zeros_like(x)
    to_x, to_y, to_z = light.direction.tolist()
    side, tops = int(to_x > 0), street.profile[1]
    path = np.clip((copysign(street.wall, to_x) - x) / copysign(max(abs(to_x), 1e-3), to_x), 0, 400)
    at = np.clip((z + path * to_z - START) / STEP, 0, tops.shape[1] - 1).astype(np.intp)
    return np.clip((tops[side][at] - path * to_y) * 2.5 + 0.5, 0, 1)


def _end_walls(
    view: View, light: Light, street: Street, picture: np.ndarray, classes: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Draw the walls across the street in which buildings end, seen in gaps and over lower roofs."""
    solid, labels = Image.fromarray(picture), Image.fromarray(classes)
    pens, ends = (ImageDraw.Draw(solid), ImageDraw.Draw(labels)), []
    for side, b in zip(street.sides, street.buildings, strict=True):
        z, before = (b.start, b.start - STEP) if b.start > 0 else (b.end, b.end + STEP)
        at = min(max(int((before - START) / STEP), 0), street.profile[1].shape[1] - 1)
        if abs(z) < 120 and street.profile[1][side, at] < b.wall + b.roof:
            ends.append((abs(z), z, 2 * side - 1, b))
    for distance, z, side, b in sorted(ends, key=lambda end: -end[0]):
        x = side * (street.wall + np.array([0, 10, 10, 5, 0]))
        wall = view.clipped(np.stack([x, [0, 0, b.wall, b.wall + b.roof, b.wall], np.full(5, z)], axis=1))
        if len(wall) > 2:
            sun = light.ambient + max(0.0, -np.sign(z) * light.direction[2]) * light.sun
            shown = light.through_haze(0.92 * np.array(b.colours[0]) * sun, distance)
            corners = [tuple(p) for p in view.project(wall)[0].tolist()]
            pens[0].polygon(corners, fill=tuple(np.clip(shown * 255, 0, 255).astype(int).tolist()))
            pens[1].polygon(corners, fill=BUILDING)
    return np.array(solid), np.array(labels)


def _facades(
    view: View, light: Light, street: Street, picture: np.ndarray, classes: np.ndarray, seed: int
) -> None:
    """Draw the walls along the street, in place: in each column one building at one depth."""
    dx, dz = view.rays
    owners, tops = street.profile
    side = (dx > 0).astype(np.intp)
    depth = (np.where(side, street.wall, -street.wall) - view.camera.x) / np.where(
        np.abs(dx) < 1e-4, np.where(side, 1e-4, -1e-4), dx
    )
    depth = np.clip(depth, 0, 400).astype(np.float32)
    along = depth * dz
    at = np.clip((along - START) / STEP, 0, tops.shape[1] - 1).astype(np.intp)
    top = np.where((along > START) & (along < END), tops[side, at], 0)
    height = view.camera.height - view.slopes[:, None] * depth
    hit = (height >= 0) & (height < top)
    column = np.broadcast_to(np.arange(view.columns, dtype=np.int32), hit.shape)[hit]
    owner = owners[side, at].astype(np.int32)
    code = _codes(street, height[hit], column, owner, along, seed)
    table = _table(street, light)
    colour = _planar(table.reshape(-1, 3), owner[column] * table.shape[1] + code)
    picture[hit] = np.minimum(light.through_haze(colour, depth[column]) * 255, 255)
    classes[hit] = BUILDING


def _codes(
    street: Street, height: np.ndarray, column: np.ndarray, owner: np.ndarray, along: np.ndarray, seed: int
) -> np.ndarray:
    """Material * 32 + shade of samples of walls at heights (N,) in columns (N,), whose building and Z are given."""
    table = np.array([[b.start, b.bay, b.style, b.shop, b.wall] for b in street.buildings], np.float32)
    start, bay, style, shop, wall = table[owner].T
    bays = (along - start) / bay
    n, number = textures.TILE, np.floor(bays).astype(np.int32)
    storeys = height / np.float32(STOREY)
    storey = storeys.astype(np.int32)
    styles = np.stack([np.where(shop >= 0, shop, style), style]).astype(np.int32)
    at = styles.ravel().take(np.minimum(storey, 1) * len(owner) + column) * n
    at = (at + ((1 - (storeys - storey)) * (n - 0.01)).astype(np.int32)) * n
    at += ((bays - number) * (n - 0.01)).astype(np.int32)[column]
    code = textures.facades().ravel().take(at).astype(np.int32)
    looks = np.random.default_rng(seed).integers(0, 4, size=64 * 256).astype(np.int32) * 32
    look = looks.take((storey & 63) * 256 + ((number + 37 * owner) & 255)[column])
    code += (code >= textures.GLASS * 32) * look
    over = height - wall[column]
    code[over > -0.35] = textures.TRIM * 32 + 25
    code[over > 0] = textures.ROOF * 32 + (20 + 5 * np.mod(over[over > 0] * 4, 1)).astype(np.int32)
    return code


def _table(street: Street, light: Light) -> np.ndarray:
    """The colour of each code on each building, from 0 to 1: float32 (buildings, codes, 3)."""
    night = {"day": 0.0, "dusk": 0.5, "night": 1.0}[light.time]
    glass = np.array([[0.16, 0.20, 0.25], [0.24, 0.29, 0.35], [0.50, 0.49, 0.46], [0.20, 0.22, 0.26]])
    glass[:2] = 0.6 * glass[:2] + 0.3 * light.sky
    palette = np.array([[*b.colours[:4], *glass, b.colours[4]] for b in street.buildings])
    facing = np.clip((1 - 2 * street.sides) * light.direction[0], 0, 1)[:, None, None]
    lit = palette * (light.ambient + facing * light.sun)
    lit[:, 4:8] = np.maximum(lit[:, 4:8], night * np.outer([0, 0.3, 0.75, 1.0], WARM))
    lit[:, :4] += palette[:, :4] * night * 0.14 * WARM
    shade = np.arange(32)[:, None] / 24
    return (lit[:, :, None, :] * shade).reshape(len(palette), -1, 3).astype(np.float32)
