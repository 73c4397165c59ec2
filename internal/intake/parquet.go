package intake

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	driver "github.com/duckdb/duckdb-go/v2"

	"github.com/dampak/dampak/internal/intake/source"
	"github.com/dampak/dampak/internal/problem"
)

const (
	// writeMemory is the most that DuckDB has; it holds one group of rows at a time.
	writeMemory int64 = 512 << 20
	// groupValues bounds the values of a group of rows; groupRows its rows.
	groupValues = 2 << 20
	groupRows   = 122_880
	leastGroup  = 2048
	// groupBytes bounds the bytes of a group, chunkBytes those of the texts that are
	// handed over at once, unless one row has more.
	groupBytes = 32 << 20
	chunkBytes = 4 << 20
	// rowShare is the part of the memory that one row may have. DuckDB ends the
	// process when it has no memory for what is handed over, so that more is refused
	// before.
	rowShare = 8
)

// types are the columns of Parquet by kind.
var types = map[source.Kind]driver.Type{
	source.Text: driver.TYPE_VARCHAR, source.Whole: driver.TYPE_BIGINT, source.Real: driver.TYPE_DOUBLE,
	source.Day: driver.TYPE_DATE, source.Moment: driver.TYPE_TIMESTAMP, source.Truth: driver.TYPE_BOOLEAN,
}

// writeParquet writes the rows that next gives, until it gives io.EOF, as a file
// of Parquet that is not there yet. They pass through DuckDB as a stream: it may
// not spill, and can write that file and touch no other. The same rows give the
// same bytes. Memory is the most bytes that DuckDB may have. Errors: that of next, a problem when a group of rows is too big for
// the memory, or what kept the file from being written.
func writeParquet(ctx context.Context, path string, memory int64, t *source.Table, next func(*source.Batch) error) error {
	rows := &stream{next: next, most: int(memory / rowShare)}
	for _, col := range t.Columns {
		info, err := driver.NewTypeInfo(types[col.Kind])
		if err != nil {
			return fmt.Errorf("duckdb: %w", err)
		}
		rows.infos = append(rows.infos, driver.ColumnInfo{Name: col.Name, T: info})
		rows.kinds = append(rows.kinds, col.Kind)
	}
	err := confined(ctx, memory, []string{path}, func(c *sql.Conn) error {
		give := driver.ChunkTableFunction{BindArguments: func(map[string]any, ...any) (driver.ChunkTableSource, error) { return rows, nil }}
		if err := driver.RegisterTableUDF(c, "accepted_rows", give); err != nil {
			return fmt.Errorf("duckdb: %w", err)
		}
		_, err := c.ExecContext(ctx, copyTo("SELECT * FROM accepted_rows()", path, len(t.Columns)))
		return err
	})
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case rows.err != nil:
		return rows.err
	case err != nil && strings.Contains(err.Error(), "Out of Memory"):
		return tooBig(memory, len(t.Columns)).Because(err)
	case err != nil:
		return problem.New("intake-unwritable").Because(err)
	}
	return nil
}

// copyTo writes the statement that keeps the rows of another in a file of Parquet.
func copyTo(query, path string, columns int) string {
	group := max(leastGroup, min(groupRows, groupValues/max(1, columns)))
	return fmt.Sprintf("COPY (%s) TO %s (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE %d, ROW_GROUP_SIZE_BYTES %d)", query, quoted(path), group, groupBytes)
}

func tooBig(memory int64, columns int) *problem.Problem {
	return problem.New("intake-too-big", "most", memory>>20, "columns", columns)
}

// stream hands batches to DuckDB in chunks.
type stream struct {
	infos []driver.ColumnInfo
	kinds []source.Kind
	next  func(*source.Batch) error
	batch source.Batch
	at    int
	most  int // bytes of the texts of one row
	ended bool
	err   error
}

// ColumnInfos satisfies the driver.
func (s *stream) ColumnInfos() []driver.ColumnInfo { return s.infos }

// Cardinality satisfies the driver; nobody knows it.
func (s *stream) Cardinality() *driver.CardinalityInfo { return nil }

// Init satisfies the driver.
func (s *stream) Init() {}

// FillChunk fills a chunk with the next rows.
func (s *stream) FillChunk(chunk driver.DataChunk) error {
	to, left := 0, chunkBytes
	for left > 0 && to < driver.GetDataChunkCapacity() {
		if s.at == len(s.batch.Row) {
			if s.ended {
				break
			}
			err := s.next(&s.batch)
			s.at = 0
			if errors.Is(err, io.EOF) {
				s.ended, s.batch.Row = true, s.batch.Row[:0]
				break
			}
			if err != nil {
				s.err = err
				return err
			}
		}
		n, room := 0, min(driver.GetDataChunkCapacity()-to, len(s.batch.Row)-s.at)
		for ; n < room && left > 0; n++ {
			size := s.size(s.at + n)
			if size > s.most {
				s.err = tooBig(int64(s.most)*rowShare, len(s.kinds))
				return s.err
			}
			left -= size
		}
		for j := range s.kinds {
			if err := s.column(chunk, j, to, n); err != nil {
				s.err = fmt.Errorf("duckdb: %w", err)
				return s.err
			}
		}
		to, s.at = to+n, s.at+n
	}
	return chunk.SetSize(to)
}

// size is the bytes of the texts of a row of the batch.
func (s *stream) size(row int) int {
	n := 0
	for j, k := range s.kinds {
		if k == source.Text {
			n += len(s.batch.Cells[j].Text[row])
		}
	}
	return n
}

// column copies n cells of a column to a place of a chunk.
func (s *stream) column(chunk driver.DataChunk, j, to, n int) error {
	cells := &s.batch.Cells[j]
	for i := range n {
		from, row := s.at+i, to+i
		if cells.Missing[from] != "" {
			if err := chunk.SetValue(j, row, nil); err != nil {
				return err
			}
			continue
		}
		var err error
		switch s.kinds[j] {
		case source.Text:
			err = driver.SetChunkValue(chunk, j, row, cells.Text[from])
		case source.Real:
			err = driver.SetChunkValue(chunk, j, row, cells.Real[from])
		case source.Day:
			err = driver.SetChunkValue(chunk, j, row, time.Unix(cells.Whole[from]*86400, 0).UTC())
		case source.Moment:
			err = driver.SetChunkValue(chunk, j, row, time.UnixMicro(cells.Whole[from]).UTC())
		case source.Truth:
			err = driver.SetChunkValue(chunk, j, row, cells.Whole[from] != 0)
		default:
			err = driver.SetChunkValue(chunk, j, row, cells.Whole[from])
		}
		if err != nil {
			return err
		}
	}
	return nil
}
