module welcome

go 1.19
