"""Pretrained nets in plain torch: a backbone, a face detector, a landmark net, a face encoder, YOLOv3-tiny.

Every net is made by a function that takes `device` and `trainable`, loads its weights strictly and gives the net back
in evaluation mode. None is downloaded: the weights of the faces' nets are in this package, the backbone's in a package
that it needs, and YOLOv3-tiny reads a file that you have.
"""

from cnnkit.nets.darknet import COCO_NAMES, Found, find_objects, yolov3_tiny
from cnnkit.nets.efficientnet import efficientnet_lite0, normalise, preprocess, top_classes
from cnnkit.nets.face_nets import face_detector, face_encoder, landmark_net
from cnnkit.nets.faces import align, detect_faces, encode_faces, landmarks
from cnnkit.nets.taps import features, layer_names

__all__ = ["COCO_NAMES", "Found", "align", "detect_faces", "efficientnet_lite0", "encode_faces"]
__all__ += ["face_detector", "face_encoder", "features", "find_objects", "landmark_net", "landmarks"]
__all__ += ["layer_names", "normalise", "preprocess", "top_classes", "yolov3_tiny"]
