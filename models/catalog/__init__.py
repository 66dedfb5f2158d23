"""The models at hand: bundled, downloaded and the user's own, by id; where more can be had; which are trusted."""
