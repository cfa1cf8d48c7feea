"""What travels along the line, and its wire form: frame, picture, verdict, label, alarm, ledger, product. No
server, no framework.
"""
