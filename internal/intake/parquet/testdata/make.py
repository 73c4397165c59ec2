"""Writes Parquet files by pyarrow, fastparquet and polars: all types, encodings,
codecs and both versions of pages. The .csv hold what pyarrow reads of them, in the
spelling of sourcetest."""
import csv, datetime as dt, decimal, math
import fastparquet, numpy as np, pandas as pd, polars as pl, pyarrow as pa, pyarrow.parquet as pq

def spell(v):
    if v is None or v == '' or isinstance(v, float) and (math.isnan(v) or math.isinf(v)):
        return '.'
    if isinstance(v, bool):
        return str(int(v))
    if isinstance(v, dt.datetime):
        if v.tzinfo:
            v = v.astimezone(dt.timezone(dt.timedelta(hours=7))).replace(tzinfo=None)
        return v.strftime('%Y-%m-%d %H:%M:%S.%f').rstrip('0').rstrip('.')
    if isinstance(v, dt.time):
        return v.strftime('%H:%M:%S.%f').rstrip('0').rstrip('.')
    if isinstance(v, decimal.Decimal):
        return format(v, 'f')
    if isinstance(v, float):
        return repr(v)
    if isinstance(v, bytes):
        return v.decode()
    return str(v)

def flat(schema, rows):
    names, get = [], []
    def walk(fields, path):
        for f in fields:
            if pa.types.is_struct(f.type):
                walk([f.type.field(i) for i in range(f.type.num_fields)], path + [f.name])
            elif not (pa.types.is_list(f.type) or pa.types.is_large_list(f.type) or pa.types.is_map(f.type)):
                names.append('.'.join(path + [f.name])); get.append(path + [f.name])
    walk(schema, [])
    def at(row, path):
        for p in path:
            row = None if row is None else row[p]
        return row
    return [names] + [[spell(at(r, p)) for p in get] for r in rows]

def save(name, table, to=None, **options):
    pq.write_table(table, name + '.parquet', **options)
    read(name, to or name)

def read(name, to):
    t = pq.read_table(name + '.parquet')
    for i, f in enumerate(t.schema):  # nanoseconds are more than a moment has
        if pa.types.is_timestamp(f.type) and f.type.unit == 'ns':
            t = t.set_column(i, f.name, t.column(i).cast(pa.timestamp('us', f.type.tz), safe=False))
        if pa.types.is_time(f.type) and f.type.unit == 'ns':
            t = t.set_column(i, f.name, t.column(i).cast(pa.time64('us'), safe=False))
    with open(to + '.csv', 'w', newline='') as f:
        csv.writer(f).writerows(flat(t.schema, t.to_pylist()))

n = 120
def some(f, every=7):
    return [None if i % every == 3 else f(i) for i in range(n)]

day = dt.date(2024, 2, 27)
moment = dt.datetime(2024, 2, 27, 8, 30, 0, 250000)
all_types = pa.table({
    'ya': pa.array(some(lambda i: i % 3 == 0), pa.bool_()),
    'i8': pa.array(some(lambda i: i % 200 - 100), pa.int8()), 'i16': pa.array(some(lambda i: i * 60 - 15000), pa.int16()),
    'i32': pa.array(some(lambda i: i * 4000000 - 10**9), pa.int32()), 'i64': pa.array(some(lambda i: i * 10**15 - 2 * 10**17), pa.int64()),
    'u8': pa.array(some(lambda i: i % 256), pa.uint8()), 'u16': pa.array(some(lambda i: i * 131), pa.uint16()),
    'u32': pa.array(some(lambda i: i * 8 * 10**6), pa.uint32()), 'u64': pa.array(some(lambda i: i * 10**15), pa.uint64()),
    'f16': pa.array(some(lambda i: np.float16(i / 8 - 20)), pa.float16()), 'f32': pa.array(some(lambda i: i / 7), pa.float32()),
    'f64': pa.array(some(lambda i: [i / 7, float('nan'), -1e300, 5e-324, 0.1][i % 5]), pa.float64()),
    'teks': pa.array(some(lambda i: ['Désa ', '', 'Kota ', 'x' * (i % 90)][i % 4] + str(i % 40 or '')), pa.string()),
    'besar': pa.array(some(lambda i: 'nilai ' + str(i % 5)), pa.large_string()),
    'kategori': pa.array(some(lambda i: ['PKH', 'BPNT', 'ASPD'][i % 3]), pa.string()).dictionary_encode(),
    'byte': pa.array(some(lambda i: b'wilayah %d' % (i % 38)), pa.binary()),
    'hari': pa.array(some(lambda i: day + dt.timedelta(days=i - 20000)), pa.date32()),
    'jam_s': pa.array(some(lambda i: dt.time(i % 24, i % 60, i % 60)), pa.time32('s')),
    'jam': pa.array(some(lambda i: dt.time(i % 24, i % 60, i % 60, i * 1000)), pa.time64('us')),
    'saat_s': pa.array(some(lambda i: moment.replace(microsecond=0) + dt.timedelta(hours=i)), pa.timestamp('s')),
    'saat_ms': pa.array(some(lambda i: moment - dt.timedelta(days=i * 100)), pa.timestamp('ms')),
    'saat_us': pa.array(some(lambda i: moment + dt.timedelta(microseconds=i)), pa.timestamp('us')),
    'saat_ns': pa.array(some(lambda i: moment - dt.timedelta(days=i * 60)), pa.timestamp('ns')),
    'saat_utc': pa.array(some(lambda i: moment + dt.timedelta(hours=i)), pa.timestamp('us', 'UTC')),
    'saat_wib': pa.array(some(lambda i: moment + dt.timedelta(hours=i)), pa.timestamp('ms', 'Asia/Jakarta')),
    'd5_2': pa.array(some(lambda i: decimal.Decimal(i * 7 - 900) / 100), pa.decimal128(7, 2)),
    'd15_3': pa.array(some(lambda i: decimal.Decimal(i * 10**9 + 123) / 1000), pa.decimal128(15, 3)),
    'd38_0': pa.array(some(lambda i: decimal.Decimal(3515141502900001 + i)), pa.decimal128(38, 0)),
    'd18_0': pa.array(some(lambda i: decimal.Decimal(-i)), pa.decimal128(18, 0)),
    'kosong': pa.nulls(n),
})
for codec in ('none', 'snappy', 'gzip', 'brotli', 'lz4', 'zstd'):
    save('arrow-' + codec, all_types, 'arrow', compression=codec, data_page_version='2.0' if codec in ('none', 'gzip', 'zstd') else '1.0', row_group_size=50,
         data_page_size=250, write_page_checksum=codec in ('snappy', 'zstd'), version='2.6')
save('arrow-old', all_types.drop(['saat_ns', 'u64', 'u32', 'f16']), version='1.0', use_dictionary=False, store_schema=False)
save('arrow-int96', all_types.select(['saat_us', 'saat_ns', 'i8']), use_deprecated_int96_timestamps=True)
save('arrow-decimals', all_types.select(['d5_2', 'd15_3', 'd18_0']), store_decimal_as_integer=True)
for version in ('1.0', '2.0'):
    save('arrow-encodings' + version[0], all_types.select(['ya', 'i32', 'i64', 'f32', 'f64', 'teks', 'byte', 'd5_2', 'hari']), use_dictionary=False, data_page_version=version, data_page_size=300,
         column_encoding={'ya': 'RLE' if version == '2.0' else 'PLAIN', 'i32': 'DELTA_BINARY_PACKED', 'i64': 'DELTA_BINARY_PACKED', 'f32': 'BYTE_STREAM_SPLIT', 'f64': 'BYTE_STREAM_SPLIT',
                          'teks': 'DELTA_BYTE_ARRAY', 'byte': 'DELTA_LENGTH_BYTE_ARRAY', 'd5_2': 'BYTE_STREAM_SPLIT', 'hari': 'DELTA_BINARY_PACKED'})

nested = pa.table({
    'id': pa.array(range(60)),
    'alamat': pa.array([None if i % 5 == 0 else {'desa': None if i % 7 == 0 else f'Desa {i}', 'letak': {'lintang': i / 8, 'bujur': None}} for i in range(60)]),
    'anggota': pa.array([[{'umur': 3}] * (i % 3) for i in range(60)]),
    'tag': pa.array([['a'] * (i % 2) for i in range(60)]),
    'peta': pa.array([[('a', 1)]] * 60, pa.map_(pa.string(), pa.int32())),
    'akhir': pa.array([i % 2 == 0 for i in range(60)]),
})
save('arrow-nested', nested)
save('arrow-empty', nested.slice(0, 0))
many = pa.table({f'k{j}': pa.array([i * j % 17 if i % 3 else None for i in range(40)], pa.int32()) for j in range(80)})
save('arrow-many', many, row_group_size=13)
save('arrow-long', pa.table({'i': pa.array(range(5000)), 't': pa.array([f'no {i // 3}' for i in range(5000)]), 'satu': pa.array([1] * 5000), 'rusak': pa.array([None] * 5000, pa.string())}), data_page_size=1024)

frame = pd.DataFrame({
    'nama': ['Désa', 'a', None, 'Tuban', 'x' * 100] * 20, 'n': np.arange(100), 'x': np.arange(100) / 3, 'ada': pd.array([1, None, 3, 4, 5] * 20, dtype='Int64'),
    'ya': [True, False, True, True, False] * 20, 'saat': pd.date_range('2024-01-01', periods=100, freq='h'), 'utc': pd.date_range('2024-01-01', periods=100, freq='h', tz='UTC'),
    'program': pd.Categorical(['PKH', 'BPNT', 'PKH', None, 'ASPD'] * 20),
}, index=pd.RangeIndex(100, name='urut'))
frame['nama'] = frame['nama'].astype(object)
for codec in ('UNCOMPRESSED', 'SNAPPY', 'ZSTD'):
    fastparquet.write(f'fast-{codec.lower()}.parquet', frame, compression=codec, row_group_offsets=[0, 37], write_index=True)
    read(f'fast-{codec.lower()}', 'fast')

polar = pl.DataFrame({
    'nama': some(lambda i: f'Désa {i % 60}'), 'i': some(lambda i: i * i), 'kecil': pl.Series(some(lambda i: i % 100), dtype=pl.Int8), 'x': some(lambda i: i / 7), 'ya': some(lambda i: i % 2 == 0),
    'hari': some(lambda i: day + dt.timedelta(days=i)), 'saat': some(lambda i: moment + dt.timedelta(hours=i)), 'jam': some(lambda i: dt.time(i % 24, 5)),
    'kat': pl.Series(some(lambda i: ['PKH', 'BPNT'][i % 2]), dtype=pl.Categorical), 'd': pl.Series(some(lambda i: decimal.Decimal(i) / 4), dtype=pl.Decimal(12, 2)),
    'st': [{'a': i, 'b': None if i % 4 else 'ya'} for i in range(n)], 'ls': [[i] for i in range(n)],
})
for codec in ('uncompressed', 'snappy', 'gzip', 'brotli', 'lz4', 'zstd'):
    polar.write_parquet(f'polars-{codec}.parquet', compression=codec, row_group_size=50, statistics='full')
    read('polars-' + codec, 'polars')

long = pa.table({f't{j}': pa.array([None, 'x' * (15 << 20)]) for j in range(5)})
pq.write_table(long, 'arrow-wide-row.parquet', compression='zstd', use_dictionary=False, write_statistics=False)
odd = pa.Table.from_arrays([
    pa.array([1, 2**64 - 1, None], pa.uint64()), pa.array([decimal.Decimal(7), decimal.Decimal(10**37), None], pa.decimal128(38, 0)),
    pa.array([decimal.Decimal('12345678901.1234567891'), decimal.Decimal('0.0000000001'), None], pa.decimal128(30, 10)),
    pa.array([b'baik', b'bur\xffuk', None]), pa.array([19780, 2**31 - 1, None], pa.int32()).cast(pa.date32()), pa.array([1709022600 * 10**6, 2**62, None], pa.int64()).cast(pa.timestamp('us')),
    pa.array(['a', 'a', None]), pa.array(['b', 'b', None])], names=['u64', 'd38_0', 'd30_10', 'byte', 'hari', 'saat', 'x', 'x'])
pq.write_table(odd, 'arrow-odd.parquet')
