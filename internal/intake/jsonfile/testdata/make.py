"""Writes one table as JSON by pandas and polars. table.csv holds what pandas reads."""
import pandas as pd, polars as pl

frame = pd.DataFrame({
    'kode': ['3501', '3502', '3571', '3579'] * 5, 'nama': ['Kabupaten "A"', 'Désa\tB', None, 'C/D \\ E'] * 5, 'n': list(range(20)), 'x': [0.1, None, 1e-7, 12345.678] * 5,
    'ya': [True, False, True, False] * 5, 'nik': ['3515141502900001'] * 20, 'kosong': [None] * 20,
})
frame['nama'] = frame['nama'].astype(object)
frame.to_json('pandas-records.json', orient='records')
frame.to_json('pandas-indent.json', orient='records', indent=2, force_ascii=False)
frame.to_json('pandas-lines.json', orient='records', lines=True)
p = pl.from_pandas(frame)
p.write_json('polars.json')
p.write_ndjson('polars.ndjson')
r = pd.read_json('pandas-records.json', dtype={'kode': str, 'nik': str, 'nama': object})
for c in r:
    r[c] = r[c].map(lambda v: '.' if v is None or v != v else str(int(v)) if isinstance(v, bool) else format(v, '.17g') if isinstance(v, float) else v)
r.to_csv('table.csv', index=False)
