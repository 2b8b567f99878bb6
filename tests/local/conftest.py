from stand_ins import stand_in, state

__all__ = ["stand_in", "state"]
