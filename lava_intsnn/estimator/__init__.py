"""The networks as a scikit-learn estimator."""
