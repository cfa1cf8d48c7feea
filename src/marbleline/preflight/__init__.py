"""What a Kubernetes cluster lacks for the chart.

``wanted`` reads the manifest, ``seen`` the cluster, ``judge`` holds one against the other.
"""
