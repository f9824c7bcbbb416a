"""The main job's steps, in the order they are played."""
