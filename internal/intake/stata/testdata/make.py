"""Writes .dta files by pandas: all number types, periods, both byte orders and
the three releases. The .csv hold what pandas reads."""
import numpy as np, pandas as pd

n = 12
base = pd.DataFrame({
    'bita': np.array([1, -127, 100, 0, 7, 5] * 2, dtype='int8'),
    'pendek': np.array([1, -32767, 32740, 0, 7, 5] * 2, dtype='int16'),
    'panjang': np.array([1, -2147483647, 2147483620, 0, 7, 5] * 2, dtype='int32'),
    'apung': np.array([0.1, -1.5, np.nan, 1e30, 7, 5] * 2, dtype='float32'),
    'ganda': np.array([0.1, -1.5, np.nan, 1e300, 7, 5] * 2),
    'nama': ['Désa', 'a', '', 'Tuban', 'x' * 100, 'é' * 20] * 2,
    'catatan': ['satu', 'dua' * 900, '', 'satu', 'dua' * 900, 'Wétan'] * 2,
    'ya': pd.Categorical(['Ya', 'Tidak', None, 'Ya', 'Tidak', 'Ya'] * 2),
})
for release in (117, 118, 119):
    for order in ('little', 'big'):
        d = base.copy()
        if release == 117:  # its texts are Latin 1
            d['catatan'] = d['catatan'].str.replace('é', 'e')
        if order == 'big':  # pandas 1.5 writes long texts of this order so that it cannot read them itself
            d['catatan'] = d['catatan'].str.slice(0, 900)
        d.to_stata(f'pandas{release}{order[0]}.dta', write_index=False, version=release, byteorder=order, convert_strl=['catatan'] if order == 'little' else [],
                   variable_labels={'bita': 'satu bita', 'ya': 'Menerima?'}, data_label='Buatan')

        r = pd.read_stata(f'pandas{release}{order[0]}.dta', convert_categoricals=False)
        for c in r:
            r[c] = r[c].map(lambda v: '.' if v == '' or v != v else v if isinstance(v, str) else format(float(v), '.17g'))
        r.to_csv(f'pandas{release}{order[0]}.csv', index=False)

t = pd.to_datetime(['1960-01-01', '2024-03-01', '1959-12-31', None, '2024-12-31', '2023-07-01'])
p = pd.DataFrame({'td': t, 'tw': t, 'tm': t, 'tq': t, 'th': t, 'ty': t, 'tc': t + pd.Timedelta('1h2min3.25s')})
p.to_stata('periods.dta', write_index=False, version=118, convert_dates={c: c for c in p})
r = pd.read_stata('periods.dta')
for c in r:
    r[c] = r[c].map(lambda v: '.' if pd.isna(v) else v.year if c == 'ty' else v.strftime('%Y-%m-%d %H:%M:%S.%f').rstrip('0') if c == 'tc' else v.strftime('%Y-%m-%d'))
r.to_csv('periods.csv', index=False)
