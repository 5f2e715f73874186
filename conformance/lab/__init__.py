"""Many meters: the inventory of a lab, its lines and nights, plans for the engines that labs already have."""
