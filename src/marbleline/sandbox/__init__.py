"""Child processes with limits of memory, CPU and time, for work that may crash its process.

Parent and child exchange JSON and raw bytes, never pickles: an attacker who takes over a child through the
picture it decodes can send wrong answers, and can't run code in the parent.
"""
