"""Programs that start containers on HPC machines (srun with pyxis, apptainer, enroot, shifter),
read as the `docker run` that starts the same."""
