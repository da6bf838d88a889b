"""tmp"""
def extract(reading): return []
