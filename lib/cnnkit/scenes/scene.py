"""Street scenes: a picture with the exact boxes, visible parts, classes and instances of what it shows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from cnnkit.scenes.backdrop import BUILDING, VEGETATION, WARM, draw_backdrop, street_shadow
from cnnkit.scenes.camera import NEAR, SAMPLES, View
from cnnkit.scenes.glow import add_glows, lamps_on_ground
from cnnkit.scenes.light import TIMES, Light
from cnnkit.scenes.plan import CLASSES, Plan, Thing, plan_scene
from cnnkit.scenes.shapes import Painted, circle, outline, paint, placed
from cnnkit.scenes.tree import paint_tree

SEMANTIC = ("sky", "building", "road", "sidewalk", "vegetation", *CLASSES)
FIRST = len(SEMANTIC)  # the identity of the farthest thing; below it are the classes of what has no instances
OCTAGON = ((1, 0.6), (0.6, 1), (-0.6, 1), (-1, 0.6), (-1, -0.6), (-0.6, -1), (0.6, -1), (1, -0.6))
SMALLEST, LEAST_VISIBLE = 6.0, 0.3


@dataclass(frozen=True)
class Scene:
    """A street scene and its labels, for N objects, the farthest first.

    A pixel is drawn as 2 x 2 samples. It belongs to an object that is in front in at least two of them (to the
    nearer one where two share it equally), else to what the background there shows most. All labels are made from
    these pixels.

    Attributes:
        image: uint8 (H, W, 3).
        boxes: float32 (N, 4), x1, y1, x2, y2 in pixels, tight around the whole object within the frame, what is
            hidden behind others included; x2 and y2 are the first column and row beyond it.
        visible_boxes: float32 (N, 4), the same, tight around what can be seen.
        classes: int64 (N,), an index of CLASSES: 0 pedestrian, 1 car, 2 motorcycle (its rider included).
        visible: float32 (N,), the pixels that can be seen over all of the object's, those beyond the frame included.
        masks: bool (N, H, W), the whole object within the frame, what is hidden included.
        semantic: uint8 (H, W), an index of SEMANTIC; lamps, signs and the like count as building, trees as vegetation.
        instances: uint8 (H, W), 0 where there is no object, else 1 + the object's index.
    """

    image: np.ndarray
    boxes: np.ndarray
    visible_boxes: np.ndarray
    classes: np.ndarray
    visible: np.ndarray
    masks: np.ndarray
    semantic: np.ndarray
    instances: np.ndarray

    @property
    def ignore(self) -> np.ndarray:
        """Which objects a detector is not judged by: visible for less than 0.3, or a side under 6 pixels: bool (N,)."""
        sides = self.boxes[:, 2:] - self.boxes[:, :2]
        return (self.visible < LEAST_VISIBLE) | (sides.min(axis=1, initial=np.inf) < SMALLEST)


def street_scene(
    seed: int,
    size: int | tuple[int, int] = 128,
    difficulty: float = 0.5,
    *,
    objects: Sequence[str] | None = None,
    time: str | None = None,
) -> Scene:
    """Draw a street scene.

    The same seed gives the same scene at every size of the same shape (width over height); only the noise differs.

    Args:
        seed: of everything that is left to chance, 0 or more.
        size: the picture's height and width in pixels, or both in one number; at least 16.
        difficulty: from 0 to 1: more, smaller and more hidden objects, more night, noise, blur and clutter.
        objects: the objects' classes, such as ("car",) or () for none; drawn by chance if not given.
        time: "day", "dusk" or "night"; drawn by chance if not given.

    Returns:
        The scene.

    Raises:
        ValueError: an argument is out of its range.

    Example:
        >>> scene = street_scene(3, size=(64, 96), objects=("car",))
        >>> scene.image.shape, scene.classes.tolist()
        ((64, 96, 3), [1])
    """
    height, width = _checked(seed, size, difficulty, objects, time)
    return render(plan_scene(seed, width / height, difficulty, objects, time), height, width)


def street_scenes(
    n: int,
    seed: int,
    size: int | tuple[int, int] = 128,
    difficulty: float = 0.5,
    *,
    objects: Sequence[str] | None = None,
    time: str | None = None,
) -> list[Scene]:
    """Draw n scenes of their own; another seed shares none of them.

    Args:
        n: how many, 0 or more.
        seed: of them all, 0 or more.
        size: as `street_scene` takes it, like all that follow.
        difficulty: from 0 to 1.
        objects: the objects' classes in each.
        time: "day", "dusk" or "night".

    Returns:
        The scenes, 140 KB each at 128 x 128; `np.stack([scene.image for scene in scenes])` is a batch.

    Raises:
        ValueError: an argument is out of its range.
    """
    if n < 0:
        raise ValueError(f"n should be 0 or more scenes, and is {n}")
    height, width = _checked(seed, size, difficulty, objects, time)
    plans = (plan_scene((seed, i), width / height, difficulty, objects, time) for i in range(n))
    return [render(plan, height, width) for plan in plans]


def _checked(
    seed: int, size: int | tuple[int, int], difficulty: float, objects: Sequence[str] | None, time: str | None
) -> tuple[int, int]:
    """The height and width; ValueError for what is out of range."""
    height, width = (size, size) if isinstance(size, int | np.integer) else size
    if min(height, width) < 16:
        raise ValueError(f"size should be at least 16 pixels each way, and is {height} x {width}")
    if not 0 <= difficulty <= 1:
        raise ValueError(f"difficulty should be from 0 to 1, and is {difficulty}")
    if seed < 0:
        raise ValueError(f"seed should be 0 or more, and is {seed}")
    if isinstance(objects, str):
        raise ValueError(f"objects should be a tuple of classes: give ({objects!r},), not {objects!r}")
    for name in objects or ():
        if name not in CLASSES:
            raise ValueError(f"objects names {name!r}, which is no class: choose from {', '.join(CLASSES)}")
    if time is not None and time not in TIMES:
        raise ValueError(f"time should be one of {', '.join(TIMES)}, and is {time!r}")
    return height, width


def render(plan: Plan, height: int, width: int) -> Scene:
    """Draw a planned scene at a size in pixels."""
    view = View(plan.camera, height, width)
    lamps = lamps_on_ground(plan)
    picture, classes = draw_backdrop(view, plan.light, plan.street, _shadows(plan, view), lamps, plan.seed)
    canvas, identities = Image.fromarray(picture), Image.fromarray(classes)
    things = sorted(plan.things, key=lambda thing: -view.depth(thing.place.points)[0])
    shown: list[tuple[Thing, Painted]] = []
    for thing, shaded in zip(things, _shaded(plan, things), strict=True):
        painted = _paint(thing, plan.light, shaded, view, lamps)
        if painted is not None:
            solid = painted.image.getchannel("A")
            canvas.paste(painted.image, painted.corner, solid)
            identities.paste(FIRST + len(shown), painted.corner, solid)
            shown.append((thing, painted))
    samples = np.asarray(identities)
    image = _developed(plan, view, canvas, samples, shown)
    return _labelled(image, owners(samples, classes), shown, height, width)


def _shaded(plan: Plan, things: Sequence[Thing]) -> list[float]:
    """How much of the sun the buildings take from each thing, from 0 to 0.8."""
    at = np.array([[thing.place.x, thing.place.z] for thing in things], dtype=np.float32).reshape(-1, 2)
    return (0.8 * street_shadow(plan.street, plan.light, *at.T)).tolist()


def _paint(thing: Thing, light: Light, shaded: float, view: View, lamps: np.ndarray) -> Painted | None:
    """Paint a thing in the light at its place."""
    if light.time == "night":
        near = ((lamps[:, :2] - thing.place.points[0, ::2]) ** 2).sum(axis=1) / lamps[:, 2] ** 2
        warm = min(0.4, 0.7 * float((lamps[:, 3] / (1 + near) ** 2).sum()))
        light = replace(light, ambient=light.ambient + np.float32(warm) * WARM)
    if thing.kind == "tree":
        return paint_tree(thing.place, *thing.crown, view, light, shaded)
    return paint(thing.model, thing.place, thing.colours, view, light, shaded)


def _shadows(plan: Plan, view: View) -> np.ndarray:
    """How much sun the things take from the ground, in each sample: float32 (rows, columns)."""
    image = Image.new("L", (view.columns, view.rows))
    pen, light = ImageDraw.Draw(image), plan.light
    away = np.array([np.sin(light.azimuth), 0, np.cos(light.azimuth)]) * min(1 / np.tan(light.elevation), 3.0)
    crown = circle((0, 4, 0), 1.7, 8)[:, [2, 1, 0]] * [1, 0.2, 1] + circle((0, 3.2, 0), 1.4, 8)
    for thing in plan.things:
        if light.time != "night":
            shape = (
                crown if thing.kind == "tree" else thing.model.points[:: 1 + len(thing.model.points) // 14]
            )
            points = placed(shape, thing.place)
            _shade(pen, view, points * [1, 0, 1] - away * points[:, 1:2], 200)
        w, _, length = thing.size
        base = np.array([[x * w, 0, z * length] for x, z in OCTAGON]) / 2
        _shade(pen, view, placed(base * 0.95, thing.place), 255)
    blurred = image.filter(ImageFilter.BoxBlur(max(1, view.rows // 160)))
    return np.asarray(blurred, dtype=np.float32) / 255


def _shade(pen: ImageDraw.ImageDraw, view: View, ground: np.ndarray, strength: int) -> None:
    """Darken what points (N, 3) on the ground enclose, if they are in front of the camera and in the frame."""
    xy, depth = view.project(ground)
    (left, top), (right, bottom) = xy.min(axis=0), xy.max(axis=0)
    if depth.min() > NEAR and right > 0 and left < view.columns and bottom > 0 and top < view.rows:
        pen.polygon(outline(xy.tolist()), fill=strength)


def owners(samples: np.ndarray, background: np.ndarray) -> np.ndarray:
    """Whose each pixel is, by the rule that `Scene` states.

    Args:
        samples: uint8 (2 H, 2 W), what is in front: below FIRST a class, else a thing, nearer ones higher.
        background: uint8 (2 H, 2 W), the classes behind all things.

    Returns:
        The identities, uint8 (H, W).
    """
    things = _most(np.where(samples < FIRST, 0, samples))
    return np.where(things > 0, things, _most(background))


def _most(samples: np.ndarray) -> np.ndarray:
    """Of each 2 x 2 samples what at least two are, the higher of two such, else the lowest."""
    blocks = [samples[i::SAMPLES, j::SAMPLES] for i in range(SAMPLES) for j in range(SAMPLES)]
    for i, j in ((0, 1), (2, 3), (0, 2), (1, 3), (1, 2)):  # sorts four arrays, faster than np.sort
        blocks[i], blocks[j] = np.minimum(blocks[i], blocks[j]), np.maximum(blocks[i], blocks[j])
    a, b, c, d = blocks
    return np.where(c == d, d, np.where(b == c, c, a))


def _developed(plan: Plan, view: View, canvas: Image.Image, samples: np.ndarray, shown: list) -> np.ndarray:
    """The picture as a camera gives it: lights that dazzle, blur, exposure, noise: uint8 (H, W, 3)."""
    small = canvas.reduce(SAMPLES)
    blur = plan.blur * view.height
    if blur > 0.15:
        small = small.filter(ImageFilter.GaussianBlur(blur))
    image = np.asarray(small, dtype=np.float32)
    if plan.light.time != "day":
        image = image.copy()
        add_glows(image, plan, view, samples.astype(int) - FIRST, [thing for thing, _ in shown])
    rng = np.random.default_rng(plan.seed)
    noise = rng.standard_normal(image.shape, dtype=np.float32) * np.float32(plan.noise)
    return np.clip(image * np.float32(plan.exposure) + noise + 0.5, 0, 255).astype(np.uint8)


def _labelled(image: np.ndarray, owner: np.ndarray, shown: list, height: int, width: int) -> Scene:
    """The scene with the labels of those objects of which at least a pixel can be seen."""
    semantic, numbers = np.arange(256, dtype=np.uint8), np.zeros(256, dtype=np.uint8)
    kept = []
    seen = np.bincount(owner.ravel(), minlength=256)
    for identity, (thing, painted) in enumerate(shown, FIRST):
        if thing.kind not in CLASSES:
            semantic[identity] = VEGETATION if thing.kind == "tree" else BUILDING
            continue
        semantic[identity] = SEMANTIC.index(thing.kind)
        if seen[identity]:
            mask, total = _whole(painted, height, width)
            kept.append((CLASSES.index(thing.kind), mask, seen[identity] / total))
            numbers[identity] = len(kept)
    instances = numbers[owner]
    masks = np.array([mask for _, mask, _ in kept], dtype=bool).reshape(-1, height, width)
    return Scene(
        image=image,
        boxes=_boxes(masks),
        visible_boxes=_boxes(instances == np.arange(1, len(kept) + 1)[:, None, None]),
        classes=np.array([label for label, _, _ in kept], dtype=np.int64),
        visible=np.array([part for _, _, part in kept], dtype=np.float32),
        masks=masks,
        semantic=semantic[owner],
        instances=instances,
    )


def _whole(painted: Painted, height: int, width: int) -> tuple[np.ndarray, int]:
    """The pixels of a whole object within the frame, bool (height, width), and how many it has, beyond it too."""
    solid, (left, top) = painted.image.getchannel("A"), painted.corner
    frame = solid.crop((-left, -top, width * SAMPLES - left, height * SAMPLES - top))
    return _covered(frame), int(_covered(solid).sum())


def _covered(solid: Image.Image) -> np.ndarray:
    """Which pixels have at least two of their samples in a mask of 0 and 255."""
    samples = np.asarray(solid) & 1
    return samples[::2, ::2] + samples[1::2, ::2] + samples[::2, 1::2] + samples[1::2, 1::2] >= 2


def _boxes(masks: np.ndarray) -> np.ndarray:
    """The tight boxes of masks (N, H, W) of at least a pixel each: float32 (N, 4)."""
    boxes = np.zeros((len(masks), 4), dtype=np.float32)
    for box, mask in zip(boxes, masks, strict=True):
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        box[:] = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
    return boxes
