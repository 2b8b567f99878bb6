"""Drills: outages made on purpose on the embedded AWS, watched from outside, undone by themselves, timed by stage."""
