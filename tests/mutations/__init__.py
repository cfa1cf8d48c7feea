"""Breaks each guarantee in a copy of the code and sees a test fail: a test that can't fail proves nothing."""
