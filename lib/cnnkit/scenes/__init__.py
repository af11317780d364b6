"""Rendered street scenes with exact labels: `street_scene` draws one, `street_scenes` a set for training."""

from cnnkit.scenes.plan import CLASSES
from cnnkit.scenes.scene import SEMANTIC, Scene, street_scene, street_scenes

__all__ = ["CLASSES", "SEMANTIC", "Scene", "street_scene", "street_scenes"]
