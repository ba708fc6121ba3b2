"""The baseline without a network: histograms of oriented gradients and a linear SVM (scikit-learn).

Command:   python -m train fit --config hog_svm
Machine:   2 CPU cores.
Accuracy:  not measured yet.
"""

from __future__ import annotations

from train.config import BaselineConfig


def get_config() -> BaselineConfig:
    """See the module's docstring."""
    return BaselineConfig(name="hog_svm")
