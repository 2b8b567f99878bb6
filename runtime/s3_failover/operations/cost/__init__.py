"""What a site costs a month: counts from the configuration, assumptions or measurements, and a list of prices."""
