"""Reports: pictures of what a network does and has learned."""
