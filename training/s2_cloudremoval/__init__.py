"""s2-cloudremoval: any number of dates, each of them cloudy, to clear images of every date with their variance."""
