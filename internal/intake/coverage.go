package intake

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/dampak/dampak/internal/intake/contract"
	"github.com/dampak/dampak/internal/registry"
)

var wholePeriod = regexp.MustCompile(`^\d{4}(-(0[1-9]|1[0-2]))?$`)

// coverageOf counts the rows of a file of Parquet by region and period, as the
// contract says where they stand, with small counts hidden where they are of persons.
// Regions are kabupaten and kota, or what is above them; where no column tells, they
// are what the contract says of all rows, if that is one.
func coverageOf(ctx context.Context, path string, c *contract.Contract) ([]registry.CoverageCell, error) {
	region, period := "''", "''"
	column, kemendagri := "", false
	for _, k := range c.RegionKeys {
		if f, ok := c.Field(k.Field); ok && f.Stored() && column == "" {
			column, kemendagri = k.Field, k.System == contract.Kemendagri
		}
	}
	switch {
	case column != "":
		region = fmt.Sprintf("COALESCE(substr(replace(CAST(%s AS VARCHAR), '.', ''), 1, 4), '')", named(column))
	case len(c.Regions) == 1:
		region = quoted(c.Regions[0])
	}
	i := slices.IndexFunc(c.Fields, func(f contract.Field) bool { return f.Role == contract.PeriodRole && f.Stored() })
	switch {
	case i >= 0 && slices.Contains([]contract.Type{contract.Date, contract.YearMonth, contract.Datetime}, c.Fields[i].Type):
		period = fmt.Sprintf("COALESCE(strftime(%s, '%%Y-%%m'), '')", named(c.Fields[i].Name))
	case i >= 0:
		period = fmt.Sprintf("COALESCE(CAST(%s AS VARCHAR), '')", named(c.Fields[i].Name))
	case len(c.Period.From) >= 4 && len(c.Period.Until) >= 4 && c.Period.From[:4] == c.Period.Until[:4]:
		period = quoted(string(c.Period.From[:4]))
	}
	count := map[[2]string]int64{}
	err := confined(ctx, writeMemory, []string{path}, func(db *sql.Conn) error {
		rows, err := db.QueryContext(ctx, fmt.Sprintf("SELECT %s AS r, %s AS p, COUNT(*) FROM read_parquet(%s) GROUP BY r, p", region, period, quoted(path)))
		if err != nil {
			return fmt.Errorf("duckdb: %w", err)
		}
		defer rows.Close()
		for rows.Next() {
			var r, p string
			var n int64
			if err := rows.Scan(&r, &p, &n); err != nil {
				return err
			}
			count[[2]string{covering(r, kemendagri), strings.TrimSpace(p)}] += n
		}
		return rows.Err()
	})
	if err != nil {
		return nil, err
	}
	cells := map[[2]string]registry.CoverageCell{}
	for at, n := range count {
		if !wholePeriod.MatchString(at[1]) {
			at[1] = ""
		}
		cells[at] = registry.CoverageCell{Region: at[0], Period: at[1], Rows: cells[at].Rows + n}
	}
	all := make([]registry.CoverageCell, 0, len(cells))
	for _, cell := range cells {
		all = append(all, cell)
	}
	return registry.MaskCoverage(c.Class, all), nil
}

// covering is the BPS code of the kabupaten or kota, or of the province, of a code of
// four digits or fewer; "" where the table of regions lacks it.
func covering(code string, kemendagri bool) string {
	if kemendagri && len(code) >= 2 {
		dotted := code[:2]
		if len(code) == 4 {
			dotted += "." + code[2:]
		}
		if r, ok := registry.FindKemendagri(dotted); ok {
			return r.Code
		}
		return ""
	}
	for ; len(code) >= 2; code = code[:len(code)-2] {
		if _, ok := registry.FindRegion(code); ok {
			return code
		}
		if len(code)%2 == 1 {
			return ""
		}
	}
	return ""
}
