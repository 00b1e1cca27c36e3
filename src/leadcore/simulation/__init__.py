"""The time machine: the real planner, gate and flows over days to come, on memory and a clock that is moved."""
