"""Rotations beside scipy's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from pi_service.motion.rotations import rotation_matrix, rotation_vector, turned

PARTS = st.floats(-1.6, 1.6)
VECTORS = st.tuples(PARTS, PARTS, PARTS).map(np.array)


@given(VECTORS, st.integers(0, 100))
def test_vectors_are_turned_as_by_scipy(rotation_rad: np.ndarray, seed: int) -> None:
    vectors = np.random.default_rng(seed).normal(size=(7, 3))
    rotation = Rotation.from_rotvec(rotation_rad)
    assert turned(vectors, rotation_rad) == pytest.approx(rotation.apply(vectors), abs=1e-12)
    assert turned(vectors[0], rotation_rad) == pytest.approx(rotation.apply(vectors[0]), abs=1e-12)
    assert rotation_matrix(rotation_rad) == pytest.approx(rotation.as_matrix(), abs=1e-12)


@given(VECTORS)
def test_each_is_turned_by_its_share(rotation_rad: np.ndarray) -> None:
    vectors, shares = np.random.default_rng(1).normal(size=(5, 3)), np.linspace(0.0, 1.0, 5)
    expected = Rotation.from_rotvec(shares[:, None] * rotation_rad).apply(vectors)
    assert turned(vectors, rotation_rad, shares) == pytest.approx(expected, abs=1e-12)


@given(VECTORS)
def test_the_vector_of_a_matrix_is_the_one_it_was_made_of(rotation_rad: np.ndarray) -> None:
    assert rotation_vector(rotation_matrix(rotation_rad)) == pytest.approx(rotation_rad, abs=1e-9)


def test_no_rotation_turns_nothing() -> None:
    nothing = np.zeros(3)
    assert rotation_vector(np.eye(3)) == pytest.approx(nothing)
    assert turned(np.eye(3), nothing) == pytest.approx(np.eye(3))
