"""An image on trial: built, run, compared with the baseline, weighed and timed; and what the trial showed."""
