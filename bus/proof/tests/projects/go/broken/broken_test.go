package broken

import "testing"

//trail:validates SHOP-1 AC-6
func TestNew(t *testing.T) { NoSuch() }
