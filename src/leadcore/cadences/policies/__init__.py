"""Reading cadence files and writing what a step says."""
