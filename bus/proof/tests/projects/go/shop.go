package shop
func Add(a, b int) int { if a > 1000 { panic("too large") }; return a + b }
