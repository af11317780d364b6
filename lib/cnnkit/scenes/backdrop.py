"""All that has no instances: sky, distant houses, the two rows of buildings, road, pavement, grass."""

import numpy as np
from PIL import Image, ImageDraw

from cnnkit.scenes import textures
from cnnkit.scenes.camera import View
from cnnkit.scenes.light import Light
from cnnkit.scenes.street import END, START, STEP, STOREY, Street

SKY, BUILDING, ROAD, SIDEWALK, VEGETATION = range(5)
TEXELS = 85.0  # of the ground's textures per metre
ROOF = 8  # the material after the eight of textures.facades
TINTS = np.array(
    [[0.40, 0.40, 0.42], [0.66, 0.64, 0.60], [0.40, 0.50, 0.24], [0.80, 0.79, 0.76]], dtype=np.float32
)


def draw_sky(view: View, light: Light, seed: int) -> np.ndarray:
    """The sky above the horizon: float32 (rows above, columns, 3), from 0 to 1."""
    n = max(1, min(view.horizon, view.rows))
    rise = -view.slopes[:n, None]
    up = np.clip(rise / 0.55, 0, 1)[..., None] ** 0.75
    sky = np.asarray(light.horizon, np.float32) * (1 - up) + np.asarray(light.zenith, np.float32) * up
    sky = np.repeat(sky, view.columns, axis=1)
    heading = view.camera.yaw + np.arctan(
        (np.arange(view.columns, dtype=np.float32) + 0.5 - view.columns / 2) / view.focal
    )
    cover = np.clip((_cloudiness(rise, heading, seed) - 1 + light.cover) * 2.2, 0, 1) * np.clip(
        rise * 9, 0.15, 1
    )
    tops = {"day": (0.97, 0.97, 0.98), "dusk": (0.80, 0.52, 0.50), "night": (0.13, 0.13, 0.20)}[light.time]
    sky += (np.asarray(tops, np.float32) - sky) * (0.85 * cover[..., None])
    if light.time == "dusk":
        near = np.exp(-((np.angle(np.exp(1j * (heading - light.azimuth))) / 0.5) ** 2) - (rise / 0.35) ** 2)
        sky += 0.35 * near[..., None].astype(np.float32) * np.array([1.0, 0.75, 0.4], np.float32)
    return sky.astype(np.float32)


def _folded(at: np.ndarray, n: int) -> np.ndarray:
    """Positions led back into 0 to n - 2 as between two mirrors."""
    return n - 2 - np.abs(at % (2 * n - 4) - (n - 2))


def _cloudiness(rise: np.ndarray, heading: np.ndarray, seed: int) -> np.ndarray:
    """The clouds' texture as it hangs over the street, smaller towards the horizon: (rows, columns)."""
    flat = textures.clouds()
    overhead = 1 / (0.18 + np.maximum(rise[:, 0], 0))
    row = _folded(seed % 97 + 45 * overhead, flat.shape[0])
    column = _folded(seed % 193 + heading[None, :] * (60 + 40 * overhead[:, None]), flat.shape[1])
    at, right = row.astype(int)[:, None], column.astype(int)
    down, along = (row % 1)[:, None], column % 1
    low = flat[at, right] * (1 - along) + flat[at, right + 1] * along
    high = flat[at + 1, right] * (1 - along) + flat[at + 1, right + 1] * along
    return (low * (1 - down) + high * down).astype(np.float32)


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
    picture = np.empty((view.rows, view.columns, 3), dtype=np.float32)
    classes = np.zeros((view.rows, view.columns), dtype=np.uint8)
    above = max(1, min(view.horizon, view.rows))
    picture[:above] = draw_sky(view, light, seed)
    _skyline(view, light, street, picture, classes)
    _ground(view, light, street, picture, classes, shadows, lamps)
    picture, classes = _end_walls(view, light, street, picture, classes)
    _facades(view, light, street, picture, classes, seed)
    return picture, classes


def _skyline(view: View, light: Light, street: Street, picture: np.ndarray, classes: np.ndarray) -> None:
    dx, dz = view.rays
    at = (np.arctan2(dx, dz) / (2 * np.pi) * len(street.skyline)).astype(int) % len(street.skyline)
    hit = (-view.slopes[: view.horizon, None] < street.skyline[at]) & (view.slopes[: view.horizon, None] < 0)
    grey = np.array([0.46, 0.46, 0.50], np.float32) * (
        np.array(light.ambient, np.float32) + 0.4 * np.array(light.sun, np.float32)
    )
    tones = (0.85 + 0.3 * (np.sin(at // 4 * 12.9) % 1))[:, None].astype(np.float32)
    colour = light.through_haze(grey * tones, np.float32(150))
    rows, columns = np.nonzero(hit)
    picture[rows, columns] = colour[columns]
    classes[rows, columns] = BUILDING


def _ground(
    view: View,
    light: Light,
    street: Street,
    picture: np.ndarray,
    classes: np.ndarray,
    shadows: np.ndarray,
    lamps: np.ndarray,
) -> None:
    top = max(view.horizon, 0)
    depth = (view.camera.height / view.slopes[top:])[:, None]
    dx, dz = view.rays
    x, z = view.camera.x + depth * dx, depth * dz
    away = np.abs(x)
    material = np.ones(x.shape, dtype=np.int32)  # paving
    material[away < street.road] = 0
    if street.verge:
        material[(away > street.road + 0.2) & (away < street.road + street.verge)] = 2
    material[away > street.wall] = 2
    size = depth / view.focal
    level = np.clip(
        np.log2(size * TEXELS * np.sqrt(1 + depth / view.camera.height)), 0, textures.GROUND_LEVELS - 1
    )
    mask = textures.GROUND_SIZE - 1
    fine = np.where(material == 0, np.float32(2 * TEXELS), np.float32(TEXELS))
    at = (material * textures.GROUND_LEVELS + level.astype(np.int32)) * (mask + 1)
    at = (at + ((z * fine).astype(np.int32) & mask)) * (mask + 1) + ((x * fine).astype(np.int32) & mask)
    texels = textures.ground().ravel().take(at)
    at = (((z * 9).astype(np.int32) & 255) << 9) + ((x * 14).astype(np.int32) & 511)
    stains = textures.clouds().ravel().take(at)
    classes[top:] = np.array([ROAD, SIDEWALK, VEGETATION], dtype=np.uint8)[material]
    material[(away > street.road) & (away < street.road + 0.2)] = 3  # the kerb
    tone = texels.astype(np.float32) * (1 / 128) * (0.88 + 0.22 * stains)
    tone *= 1 - 0.5 * np.clip(1 - (street.road - away) / 0.25, 0, 1) * (away < street.road)  # the gutter
    paint = _markings(street, x, z, size) * (0.70 + 0.3 * stains)
    colour = TINTS[material] * tone[..., None]
    colour += (np.float32(0.88) - colour) * paint[..., None]
    dark = np.maximum(shadows[top:], _building_shadow(street, light, x, z))
    strength = np.float32(max(light.direction[1], 0.35))
    lit = np.asarray(light.ambient, np.float32) * (1 - 0.35 * shadows[top:, :, None])
    lit = lit + np.asarray(light.sun, np.float32) * strength * (1 - dark)[..., None]
    for lamp_x, lamp_z, reach, power in lamps.tolist():
        pool = power / (1 + ((x - lamp_x) ** 2 + (z - lamp_z) ** 2) / reach**2) ** 2
        lit += pool[..., None] * np.array([1.0, 0.80, 0.52], np.float32)
    colour *= lit
    share = np.exp(-depth / light.reach)[..., None]
    picture[top:] = colour * share + np.asarray(light.horizon, np.float32) * (1 - share)


def _markings(street: Street, x: np.ndarray, z: np.ndarray, size: np.ndarray) -> np.ndarray:
    """How much of the road's white paint covers each sample, from 0 to 1; `size` is a sample's width in metres."""

    def stripe(distance: np.ndarray, half: float) -> np.ndarray:
        return np.clip((half - np.abs(distance)) / size + 0.5, 0, 1)

    dashes = stripe(np.mod(z, 6) - 3, 1.5)
    paint = stripe(x, 0.07) * dashes
    edge = street.road - (2.1 if street.parking else 0.35)
    paint = np.maximum(paint, stripe(np.abs(x) - edge, 0.06) * (dashes if street.parking else 1.0))
    if street.crossing is not None:
        band = stripe(z - street.crossing, 1.5)
        bars = stripe(np.mod(x, 1.0) - 0.5, 0.25) * (np.abs(x) < street.road - 0.3)
        stop = stripe(np.abs(z - street.crossing) - 2.6, 0.15) * (np.abs(x) < street.road - 0.3)
        paint = np.maximum(paint * (1 - band), np.maximum(bars * band, stop))
    return paint


def _building_shadow(street: Street, light: Light, x: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Where the row of buildings towards the sun shades the ground, from 0 to 1."""
    if light.time == "night":
        return np.zeros_like(x)
    to_x, to_y, to_z = light.direction.astype(np.float32)
    side = int(to_x > 0)
    path = np.clip((street.wall * (1 if side else -1) - x) / (to_x if abs(to_x) > 1e-3 else 1e-3), 0, 400)
    at = np.clip((z + path * to_z - START) / STEP, 0, street.tops.shape[1] - 1).astype(np.intp)
    return np.clip((street.tops[side][at] - path * to_y) * 2.5 + 0.5, 0, 1)


def _end_walls(
    view: View, light: Light, street: Street, picture: np.ndarray, classes: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The walls across the street in which buildings end, seen in gaps and over lower roofs."""
    solid = Image.fromarray(np.clip(picture * 255, 0, 255).astype(np.uint8))
    labels = Image.fromarray(classes)
    pens = ImageDraw.Draw(solid), ImageDraw.Draw(labels)
    walls = []
    for number, building in enumerate(street.buildings):
        side = 1 if number >= len(street.rows[0]) else -1
        z, facing = (building.start, -1) if building.start > 0 else (building.end, 1)
        if (z > 0) == (facing < 0) and abs(z) < 120:
            x = np.array([0, 10, 10, 5, 0]) * side + street.wall * side
            y = np.array([0, 0, building.wall, building.wall + building.roof, building.wall])
            quad = view.clipped(np.stack([x, y, np.full(5, z)], axis=1))
            if len(quad) > 2:
                walls.append((abs(z), number, quad, facing))
    for distance, number, quad, facing in sorted(walls, key=lambda wall: -wall[0]):
        sun = np.array([max(0.0, facing * light.direction[2])])
        shown = light.on(np.array([street.buildings[number].colours[0]]) * 0.92, sun, distance)[0]
        corners = [tuple(p) for p in view.project(quad)[0].tolist()]
        pens[0].polygon(corners, fill=tuple(np.clip(shown * 255, 0, 255).astype(int).tolist()))
        pens[1].polygon(corners, fill=BUILDING)
    return np.array(solid), np.array(labels)


def _facades(
    view: View, light: Light, street: Street, picture: np.ndarray, classes: np.ndarray, seed: int
) -> None:
    """The walls along the street: in each column one building at one depth."""
    dx, dz = view.rays
    side = (dx > 0).astype(np.intp)
    depth = np.minimum(
        (np.where(side, street.wall, -street.wall) - view.camera.x) / np.where(np.abs(dx) < 1e-4, 1e-4, dx),
        400,
    )
    along = depth * dz
    at = ((along - START) / STEP).astype(np.intp)
    there = (along > START) & (along < END)
    at = np.clip(at, 0, street.tops.shape[1] - 1)
    owner = street.owners[side, at]
    tops = np.where(there & (owner >= 0), street.tops[side, at], -1)
    height = view.camera.height - view.slopes[:, None] * depth.astype(np.float32)
    hit = np.flatnonzero((height >= 0) & (height < tops.astype(np.float32)))
    column = (hit % view.columns).astype(np.intp)
    code = _codes(street, height.ravel()[hit], column, owner, along, seed)
    table = _table(street, light)
    colour = table[owner[column], code]
    share = np.exp(-np.maximum(depth, 0) / light.reach).astype(np.float32)[:, None]
    colour *= share[column]
    colour += ((1 - share) * np.asarray(light.horizon, np.float32) * 255)[column]
    picture.reshape(-1, 3)[hit] = np.minimum(colour, 255)
    classes.ravel()[hit] = BUILDING


def _codes(
    street: Street, height: np.ndarray, column: np.ndarray, owner: np.ndarray, along: np.ndarray, seed: int
) -> np.ndarray:
    """Material * 32 + shade of the samples of walls, given their heights (N,) and columns (N,)."""
    bs = street.buildings
    per_column = np.array([[b.start, b.bay, b.style, b.shop, b.wall] for b in bs])[owner]
    bays = (along - per_column[:, 0]) / per_column[:, 1]
    bay, tx = np.floor(bays).astype(np.intp), (np.mod(bays, 1) * textures.TILE).astype(np.intp)
    storeys = height / np.float32(STOREY)
    storey = storeys.astype(np.intp)
    ty = ((1 - (storeys - storey)) * (textures.TILE - 0.01)).astype(np.intp)
    shop = per_column[:, 3].astype(np.intp)[column]
    style = np.where((storey == 0) & (shop >= 0), shop, per_column[:, 2].astype(np.intp)[column])
    code = textures.facades()[style, ty, tx[column]].astype(np.intp)
    looks = np.random.default_rng(seed).integers(0, 4, size=(64, 256)) * 32
    code += (code >= textures.GLASS * 32) * looks[storey & 63, (bay + 37 * owner)[column] & 255]
    wall = per_column[:, 4].astype(np.float32)[column]
    code[height > wall - 0.35] = textures.TRIM * 32 + 25
    above = height > wall
    code[above] = ROOF * 32 + (20 + 5 * np.mod(height[above] * 4, 1)).astype(np.intp)
    return code


def _table(street: Street, light: Light) -> np.ndarray:
    """The colour of each code on each building, from 0 to 255: float32 (buildings, codes, 3)."""
    night = {"day": 0.0, "dusk": 0.5, "night": 1.0}[light.time]
    glass = np.array([[0.16, 0.20, 0.25], [0.24, 0.29, 0.35], [0.50, 0.49, 0.46], [0.20, 0.22, 0.26]])
    glass[:2] = 0.6 * glass[:2] + 0.3 * light.sky
    palette = np.array(
        [
            [*b.colours[:2], b.colours[2] if b.shop < 0 else b.colours[2], b.colours[3], *glass, b.colours[4]]
            for b in street.buildings
        ]
    )
    sides = np.arange(len(street.buildings)) >= len(street.rows[0])
    facing = np.clip(np.where(sides, -1, 1) * light.direction[0], 0, 1)[:, None, None]
    lit = palette * (np.array(light.ambient) + facing * np.array(light.sun))
    lamps = np.array([[0, 0, 0], [0.3, 0.2, 0.05], [0.75, 0.55, 0.28], [1.0, 0.82, 0.50]])
    lit[:, 4:8] = np.maximum(lit[:, 4:8], lamps * night)
    lit[:, :4] += palette[:, :4] * night * 0.14 * np.array([1.0, 0.75, 0.45])
    shade = np.arange(32) / 24
    return (lit[:, :, None, :] * shade[:, None] * 255).reshape(len(palette), -1, 3).astype(np.float32)
