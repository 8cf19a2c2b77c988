//! What a score is worth: metrics with confidence intervals, operating points, cohorts.
