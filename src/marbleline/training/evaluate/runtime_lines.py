"""Size of a version's files, and its runtimes compared where TensorFlow is installed: a line of text each."""

from collections.abc import Callable
from pathlib import Path

from marbleline.domain.input_spec import InputSpec
from marbleline.domain.picture import fit
from marbleline.synthetic import draw


def runtime_lines(folder: Path, on_progress: Callable[[str], None]) -> dict[str, str]:
    """Lines by name: ``size``, ``parity`` and, with TensorFlow, ``cost``; each with its goal."""
    files = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    lite = (folder / "model.tflite").stat().st_size
    lines = {
        "size": f"size: {files / 1e6:.1f} MB a version, LiteRT file {lite / 1e6:.1f} MB (goals: 25 and 10)"
    }
    try:
        from marbleline.training.evaluate.runtimes import cost_beside_lite0, parity  # noqa: PLC0415
    except ImportError:
        lines["parity"] = "parity and cost: not measured, they need TensorFlow (make evaluate)"
        return lines
    on_progress("comparing the runtimes")
    found = parity(folder, [fit(draw(seed).rgb, InputSpec()) for seed in range(100)])
    ours, theirs = cost_beside_lite0(folder)
    lines["parity"] = (
        f"parity on {found.count} pictures: scores differ by {found.scores:.1e} (goal: 1e-3),"
        f" anomaly by {found.anomaly:.1e}, heat map by {found.heatmap:.1e}"
    )
    lines["cost"] = (
        f"cost of a 320x240 picture, one thread: {ours:.1f} ms, EfficientNet-Lite0 {theirs:.1f} ms,"
        f" ratio {ours / theirs:.2f} (goal: 1)"
    )
    return lines
