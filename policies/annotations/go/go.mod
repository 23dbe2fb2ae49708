module trail.invalid/trail

go 1.19
