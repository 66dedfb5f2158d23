"""s2-change and s2-change-4b: land-cover change between two dates, from 10 and from 4 bands, without change labels."""
