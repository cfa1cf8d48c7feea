"""What a Kubernetes cluster lacks for the chart.

``requirements`` reads the manifest, ``cluster_state`` the cluster, and ``checks`` compares them.
"""
