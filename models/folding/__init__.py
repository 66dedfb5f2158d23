"""What happens to pixels before and after a network, put into its graph."""
