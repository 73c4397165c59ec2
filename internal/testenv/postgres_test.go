package testenv

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
)

// TestPostgresGivesDatabasesOfTheirOwn: what one holds, the other does not.
func TestPostgresGivesDatabasesOfTheirOwn(t *testing.T) {
	a, b := Postgres(t), Postgres(t)
	ctx := context.Background()
	for _, url := range []string{a, b} {
		c, err := pgx.Connect(ctx, url)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Exec(ctx, "CREATE TABLE mine (x BIGINT)"); err != nil {
			t.Errorf("%s: %v", url, err)
		}
		c.Close(ctx)
	}
}
