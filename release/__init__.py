"""What `make release` does: packages, images, SBOMs, the chart, signatures; each step by itself."""
