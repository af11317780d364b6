"""Real measurements in one and in two dimensions, one of each: for showing, not for training."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cnnkit.data.packaged import packaged


@dataclass(frozen=True)
class Electrocardiogram:
    """What twelve electrodes' leads measured at a heart.

    Args:
        millivolts: shape (leads, samples), float32.
        leads: the leads' names, in the order of the rows.
        rate: samples a second.
    """

    millivolts: NDArray[np.float32]
    leads: tuple[str, ...]
    rate: int


def ecg() -> Electrocardiogram:
    """Ten seconds of one person's electrocardiogram.

    Returns:
        `millivolts` of shape (12, 10000), float32; `leads` ("I", "II", "III", "aVR", ..., "V6"); `rate` 1000.

    Raises:
        DataError: the package is missing or damaged.

    Source: the package pydicom, MIT; a recording without a name that its authors test with.

    >>> ecg().millivolts.shape
    (12, 10000)
    """
    return packaged("pydicom", "data/test_files/waveform_ecg.dcm", _electrocardiogram)


def ct_slice() -> NDArray[np.int16]:
    """One slice of computed tomography, across a body.

    Returns:
        Shape (128, 128), int16, in Hounsfield units: air is near -1000, water 0, bone several hundred. A pixel is
        0.66 mm wide.

    Raises:
        DataError: the package is missing or damaged.

    Source: the package pydicom, MIT; made smaller by its authors from a sample of the DICOM committee (NEMA, WG-04).

    >>> ct_slice().shape
    (128, 128)
    """
    return packaged("pydicom", "data/test_files/CT_small.dcm", _hounsfield)


def _electrocardiogram(path: Path) -> Electrocardiogram:
    from pydicom import dcmread  # noqa: PLC0415 - importing cnnkit stays cheap

    file = dcmread(path)
    rhythm = file.WaveformSequence[0]
    names = [channel.ChannelSourceSequence[0].CodeMeaning for channel in rhythm.ChannelDefinitionSequence]
    return Electrocardiogram(
        millivolts=(file.waveform_array(0).T / 1000).astype(np.float32),
        leads=tuple(name.split()[1] for name in names),
        rate=int(rhythm.SamplingFrequency),
    )


def _hounsfield(path: Path) -> NDArray[np.int16]:
    from pydicom import dcmread  # noqa: PLC0415 - importing cnnkit stays cheap

    file = dcmread(path)
    return (file.pixel_array * int(file.RescaleSlope) + int(file.RescaleIntercept)).astype(np.int16)
