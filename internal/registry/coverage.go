package registry

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/dampak/dampak/internal/problem"
)

// FewRows is the number from which rows about persons are counted in what everybody
// sees who may read the register; below it they are few.
const FewRows = 10

// CoverageCell is how many rows of a version are of a region in a period.
type CoverageCell struct {
	Region string // BPS code of a kabupaten or kota, else of a province; empty: the row names none
	Period string // a year (2024) or a month (2024-03); empty: the row names none
	Rows   int64
	Few    bool // some, and fewer than FewRows; Rows is 0
}

func (c CoverageCell) compare(d CoverageCell) int {
	if n := strings.Compare(c.Region, d.Region); n != 0 {
		return n
	}
	return strings.Compare(c.Period, d.Period)
}

// MaskCoverage hides small counts of rows about persons. The others are rounded to
// tens, so that no small one comes out as what the others leave of the whole. Other
// classes are counted as they are.
func MaskCoverage(class Class, cells []CoverageCell) []CoverageCell {
	cells = slices.Clone(cells)
	if class != PersonalData {
		return cells
	}
	for i := range cells {
		c := &cells[i]
		if c.Few = c.Few || (c.Rows > 0 && c.Rows < FewRows); c.Few {
			c.Rows = 0
			continue
		}
		c.Rows = (c.Rows + FewRows/2) / FewRows * FewRows
	}
	return cells
}

// Covered gives the regions of cells, sorted, and their first and last period; ""
// where no cell has one.
func Covered(cells []CoverageCell) (regions []string, first, last string) {
	for _, c := range cells {
		if c.Region != "" {
			regions = append(regions, c.Region)
		}
		if c.Period != "" {
			if first == "" || c.Period < first {
				first = c.Period
			}
			last = max(last, c.Period)
		}
	}
	return sorted(regions), first, last
}

var coverageColumns = []string{"region", "period", "rows"}

// few is how a cell is written that has fewer than FewRows.
const few = "few"

// EncodeCoverage writes cells as CSV, in order of region and period: the content
// that a version's Coverage names.
func EncodeCoverage(cells []CoverageCell) []byte {
	cells = slices.Clone(cells)
	slices.SortFunc(cells, CoverageCell.compare)
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write(coverageColumns) // a buffer takes all
	for _, c := range cells {
		rows := strconv.FormatInt(c.Rows, 10)
		if c.Few {
			rows = few
		}
		_ = w.Write([]string{c.Region, c.Period, rows})
	}
	w.Flush()
	return b.Bytes()
}

// DecodeCoverage reads what EncodeCoverage writes. Errors: the problem
// coverage-form.
func DecodeCoverage(from io.Reader) ([]CoverageCell, error) {
	r := csv.NewReader(from)
	r.FieldsPerRecord = len(coverageColumns)
	var all []CoverageCell
	for line := 1; ; line++ {
		row, err := r.Read()
		if errors.Is(err, io.EOF) && line > 1 {
			return all, nil
		}
		if err != nil || line == 1 && !slices.Equal(row, coverageColumns) {
			return nil, problem.New("coverage-form").At(line, 0).Because(err)
		}
		if line == 1 {
			continue
		}
		c := CoverageCell{Region: row[0], Period: row[1], Few: row[2] == few}
		if !c.Few {
			if c.Rows, err = strconv.ParseInt(row[2], 10, 64); err != nil || c.Rows < 0 {
				return nil, problem.New("coverage-form").At(line, 0).Because(err)
			}
		}
		all = append(all, c)
	}
}
